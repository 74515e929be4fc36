// Files: a link is asked for when it is opened, since it works for minutes only and is checked again then.
import { announce, h } from './dom.js';
import { field, form } from './form.js';
import { trouble } from './words.js';

/** Opens the file of a record. */
export function openFile({ graph, list, record, lost }) {
  const query = `query Link($id: ID!) { record: ${list.one.toLowerCase()}(id: $id) { file: ${list.file} { name url } } }`;
  return open({ graph, query, id: record.id, lost, pick: (data) => data?.record?.file });
}

/** Opens what came with a message. */
export function openAttachment({ graph, ticket, message, place, lost }) {
  const query = `query Link($id: ID!) { ticket(id: $id) { messages(first: 100) { nodes { id attachments { name url } } } } }`;
  const own = (data) => data?.ticket?.messages?.nodes.find((one) => one?.id === message)?.attachments?.[place];
  return open({ graph, query, id: ticket, lost, pick: own });
}

async function open({ graph, query, id, pick, lost }) {
  try {
    const { data, errors } = await graph.ask(query, { id });
    const file = pick(data);
    if (!file) return announce(errors[0] ? trouble(errors[0]) : 'There is no file.');
    // The gateway is this page's own origin, by whatever name and port it was reached.
    const { pathname, search } = new URL(file.url, location.href);
    const link = h('a', { href: `${pathname}${search}`, download: file.name, rel: 'noopener' });
    document.body.append(link);
    link.click();
    link.remove();
    announce(`${file.name} is being opened`);
  } catch (error) {
    announce(error.message);
    lost(error);
  }
}

const UPLOAD = `mutation Upload($input: UploadDocumentInput!) { uploadDocument(input: $input) {
    document { id name } userErrors { code message path }
  } }`;

/** A form that adds a document. */
export function uploadForm({ graph, uploaded, lost }) {
  const chosen = h('input', { type: 'file', required: true });
  return form({
    graph,
    query: UPLOAD,
    mutation: 'uploadDocument',
    submit: 'Add document',
    busy: 'Sending…',
    fields: [field('file', 'Add a document', chosen)],
    input: (wrong) => {
      const file = chosen.files[0];
      if (file) return { name: file.name, file: null };
      wrong('file', 'Choose a file first.');
      chosen.focus();
      return null;
    },
    file: () => chosen.files[0],
    done: (payload) => {
      chosen.value = '';
      announce(`${payload.document?.name ?? 'The document'} was added`);
      uploaded();
    },
    lost,
  });
}
