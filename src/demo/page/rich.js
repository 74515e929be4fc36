// Text of other systems as elements. The gateway has sanitised it; here it is read once more, in a document that is never
// shown and runs nothing, and only what is listed is made anew.

const KEPT = new Set(['P', 'BR', 'UL', 'OL', 'LI', 'STRONG', 'B', 'EM', 'I', 'CODE', 'PRE', 'BLOCKQUOTE']);
const policy = globalThis.trustedTypes?.createPolicy('vestibule-rich', { createHTML: (text) => text });

/** The nodes of a `RichText`. */
export function rich(text) {
  const shown = document.createDocumentFragment();
  if (!text) return shown;
  const read = new DOMParser().parseFromString(policy?.createHTML(text.html) ?? text.html, 'text/html');
  copy(read.body, shown);
  return shown;
}

function copy(from, to) {
  for (const node of from.childNodes) {
    if (node.nodeType === Node.TEXT_NODE) to.append(node.data);
    else if (node.nodeType === Node.ELEMENT_NODE) copy(node, place(node, to));
  }
}

function place(node, to) {
  if (node.tagName === 'A' && /^https?:/.test(node.getAttribute('href') ?? '')) {
    const link = document.createElement('a');
    Object.assign(link, { href: node.href, rel: 'noopener noreferrer nofollow', target: '_blank' });
    to.append(link);
    return link;
  }
  if (!KEPT.has(node.tagName)) return to;
  const made = document.createElement(node.tagName);
  to.append(made);
  return made;
}
