// The reference implementation's side: reads one JSON message a line, answers one a line.
// {"world": {schema, fields, entities, ids}} sets the schema; {"data": […], "cases": [{data: 0, document, operation, variables}]} asks.
import { createInterface } from "node:readline";

import {
  GraphQLError, buildSchema, execute, isAbstractType, parse, validate, valueFromASTUntyped,
} from "../node/node_modules/graphql/index.mjs";
import { collectSubfields } from "../node/node_modules/graphql/execution/collectFields.mjs";

const TODAY = "2026-03-01";
const NOW = "2026-03-01T09:00:00Z";
const PROVENANCE = { source: "main", fetchedAt: NOW, stale: false };

let world;

function open(told) {
  const schema = buildSchema(told.schema);
  for (const [name, fits] of Object.entries(SCALARS)) {
    const scalar = schema.getType(name);
    if (!scalar) continue;
    scalar.parseValue = (given) => (fits(given) ? given : fail(`not a ${name}`));
    scalar.parseLiteral = (node) => scalar.parseValue(valueFromASTUntyped(node));
  }
  const byId = new Map(Object.entries(told.ids).map(([at, id]) => [id, at]));
  world = { ...told, schema, byId };
}

/** Our own scalars, by what their values look like. */
const SCALARS = {
  Date: isDay,
  DateTime: (given) => typeof given === "string" && /^\d{4}-\d{2}-\d{2}T/.test(given) && !Number.isNaN(Date.parse(given)),
  Decimal: (given) => typeof given === "string" && /^-?\d+(\.\d+)?$/.test(given),
  Long: (given) => Number.isSafeInteger(given),
  Locale: (given) => typeof given === "string",
  TimeZone: (given) => typeof given === "string",
};

const fail = (message) => { throw new GraphQLError(message); };

/** Where a record stands: its kind and key, and whether the row of a list brought it along. */
function record(data, at, given) {
  const [type, key] = at.split(":");
  const row = data.records?.[type]?.[key];
  return { __typename: type, at, row, failing: !given && (data.failing ?? []).includes(at) };
}

const isHub = (type) => type === "Account";

/** The record a reference, an id or the caller leads to, as it is shown there. */
function reach(at, context, info, how) {
  const [type, key] = at.split(":");
  const { schema } = world;
  const named = namedType(info.returnType);
  const fits = isAbstractType(named) ? schema.isSubType(named, schema.getType(type)) : named.name === type;
  if (!fits) return null;
  // The caller's accounts are there before anything is read; those of others never are.
  if (isHub(type)) return key === "1" || key === "2" ? record(context.data, at, false) : null;
  const found = record(context.data, at, how.given);
  if (!how.read && !needsRead(type, info)) return found;
  if (found.failing) fail("the system is down");
  return found.row === undefined ? null : found;
}

/** R2: a reference of which only `id` is selected costs no read, so nothing of it can fail. */
function needsRead(type, info) {
  const { schema, fragments, variableValues, fieldNodes } = info;
  const fields = collectSubfields(schema, fragments, variableValues, schema.getType(type), fieldNodes);
  return [...fields.values()].some(([node]) => node.name.value !== "id" && node.name.value !== "__typename");
}

function namedType(type) {
  while (type.ofType) type = type.ofType;
  return type;
}

function value(stored, context, info) {
  if (stored === undefined || stored === null) return null;
  if (Array.isArray(stored)) return elements(stored, context, info);
  if (typeof stored !== "object") return stored;
  if (stored.fault) fail("a value does not fit");
  if (stored.ref) return reach(stored.ref, context, info, { read: false });
  return stored;
}

/** An element that fails, fails when it is looked at: at its own place, after those before it. */
function elements(stored, context, info) {
  return stored.map((item) => {
    try {
      return value(item, context, info);
    } catch (error) {
      return error;
    }
  });
}

/** A value in letters, as our side writes what it was given. */
function told(given) {
  if (Array.isArray(given)) return `[${given.map(told).join(",")}]`;
  if (given !== null && typeof given === "object") return `{${Object.values(given).map(told).join(",")}}`;
  return given === undefined ? "" : JSON.stringify(given);
}

function derived(cel, row) {
  const terms = cel.split(" && ").map((term) => {
    const read = (name) => {
      const stored = row?.[name];
      if (stored?.fault) fail("a value does not fit");
      return stored ?? null;
    };
    let found;
    if ((found = /^(!?)\(?(\w+) in \[(.*?)\]\)?$/.exec(term))) {
      const [, not, name, list] = found;
      const stored = read(name);
      const among = list.split(",").map((word) => word.trim().slice(1, -1)).includes(stored);
      return stored !== null && (not ? !among : among);
    }
    if ((found = /^(\w+) (==|!=|<|>=) (.*)$/.exec(term))) {
      const [, name, mark, right] = found;
      const stored = read(name);
      if (stored === null) return false;
      const other = right === "today" ? TODAY : right === "true" ? true : right.slice(1, -1);
      return { "==": stored === other, "!=": stored !== other, "<": stored < other, ">=": stored >= other }[mark];
    }
    found = /^(!?)(\w+)$/.exec(term);
    const stored = read(found[2]);
    return stored !== null && (found[1] ? !stored : stored);
  });
  return terms.every(Boolean);
}

function holds(filter, row) {
  return Object.entries(filter ?? {}).every(([name, wanted]) => {
    if (wanted === null) return true;
    const stored = row[name] ?? null;
    if (Array.isArray(wanted)) return wanted.some((one) => one === stored);
    if (typeof wanted === "object") {
      const { from = null, to = null } = wanted;
      return typeof stored === "string" && (from === null || from <= stored) && (to === null || stored <= to);
    }
    return wanted === stored;
  });
}

function list({ of, by }, parent, args, { data }) {
  const first = args.first ?? 20;
  if (first < 1 || first > 100) fail("`first` is from 1 to 100");
  if (typeof args.after === "string") fail("not a cursor of this list");
  const name = by === undefined ? `${of}.all` : `${of}.${by}@${parent}`;
  if ((data.failingLists ?? []).includes(name)) fail("the list is down");
  const rows = Object.entries(data.records?.[of] ?? {})
    .filter(([, row]) => by === undefined || row[by]?.ref === parent)
    .filter(([, row]) => holds(args.filter, row))
    .map(([key]) => record(data, `${of}:${key}`, true))
    .sort((a, b) => (a.at < b.at ? -1 : 1));
  const page = rows.slice(0, first);
  // Cursors are sealed: any text will do for one.
  const cursor = "\u0001any";
  return {
    nodes: page,
    edges: page.map((node) => ({ cursor, node })),
    pageInfo: {
      hasNextPage: rows.length > first,
      hasPreviousPage: false,
      startCursor: page.length ? cursor : null,
      endCursor: page.length ? cursor : null,
    },
    totalCount: rows.length,
  };
}

function isDay(text) {
  return typeof text === "string" && /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)) && new Date(text).toISOString().startsWith(text);
}

function viewer(context, info) {
  const account = (key) => (_args, context, info) => reach(`Account:${key}`, context, info, { read: false });
  return {
    kind: "CUSTOMER",
    name: "Kim",
    email: null,
    contact: (_args, context, info) => reach("Contact:1", context, info, { read: false }),
    account: account("1"),
    memberships: [
      { accountId: world.ids["Account:1"], account: account("1"), roles: ["buyer"], current: true },
      { accountId: world.ids["Account:2"], account: account("2"), roles: [], current: false },
    ],
    permissions: ["one", "two"],
    locale: "en",
    timeZone: "UTC",
    multiFactor: false,
    authenticatedAt: null,
  };
}

function byId(id, context, info) {
  const at = world.byId.get(id) ?? fail("not an id of this graph");
  const named = namedType(info.returnType);
  const type = world.schema.getType(at.split(":")[0]);
  const fits = isAbstractType(named) ? world.schema.isSubType(named, type) : named === type;
  if (!fits) fail("an id of another kind of record");
  return reach(at, context, info, { read: true });
}

function rootField(args, context, info) {
  switch (info.fieldName) {
    case "viewer": return viewer(context, info);
    case "node": return byId(args.id, context, info);
    case "nodes":
      return args.ids.map((id) => {
        try {
          return byId(id, context, info);
        } catch (error) {
          return error;
        }
      });
  }
  const named = namedType(info.returnType).name;
  if (named.endsWith("Connection")) return list({ of: named.slice(0, -"Connection".length) }, "", args, context);
  return byId(args.id, context, info);
}

function resolve(source, args, context, info) {
  const { parentType, fieldName } = info;
  if (parentType.name === "Query") return rootField(args, context, info);
  if (!world.entities.includes(parentType.name)) {
    const own = source[fieldName];
    if (typeof own === "function") return own(args, context, info);
    // Pages, edges and the viewer hold what they show; a value object holds what is stored.
    return source.__made || isMade(parentType.name) ? own : value(own, context, info);
  }
  const field = world.fields[`${parentType.name}.${fieldName}`] ?? { kind: "stored" };
  const { at, row, failing } = source;
  const hub = isHub(parentType.name);
  if (field.kind === "id") return world.ids[at];
  if (field.kind === "list") return list(field, at, args, context);
  // The hub stands whatever its system does; what the system tells of it does not.
  if (failing && hub) fail("the system is down");
  switch (field.kind) {
    case "version": return row?.version ?? null;
    case "provenance": return row === undefined ? null : PROVENANCE;
    case "computed": {
      // Asked by key, whatever brought the record along.
      if ((context.data.failing ?? []).includes(at)) fail("the system is down");
      const stored = row?.[fieldName];
      if (stored === undefined || stored === null) return null;
      if (stored.fault) fail("a value does not fit");
      return Object.entries(args).map(([name, given]) => `${name}:${told(given)}`).join(" ");
    }
    case "derived": return derived(field.cel, row);
    default: return value(row?.[fieldName], context, info);
  }
}

function isMade(type) {
  return ["Viewer", "Membership", "Provenance", "PageInfo"].includes(type) || /(Connection|Edge)$/.test(type);
}

function answer({ data, document, operation, variables }) {
  const failed = (errors) => ({ errors: errors.map((error) => ({ message: error.message, path: error.path })) });
  let parsed;
  try {
    parsed = parse(document);
  } catch (error) {
    return failed([error]);
  }
  const problems = validate(world.schema, parsed);
  if (problems.length) return failed(problems);
  const result = execute({
    schema: world.schema,
    document: parsed,
    operationName: operation,
    variableValues: variables,
    contextValue: { data },
    fieldResolver: resolve,
  });
  const errors = result.errors ? failed(result.errors) : {};
  return "data" in result ? { data: result.data, ...errors } : errors;
}

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line);
  if (message.world) {
    let problem = null;
    try {
      open(message.world);
    } catch (error) {
      problem = String(error);
    }
    process.stdout.write(`${JSON.stringify({ problem })}\n`);
  } else {
    const answers = message.cases.map((asked) => answer({ ...asked, data: message.data[asked.data] }));
    process.stdout.write(`${JSON.stringify(answers)}\n`);
  }
}
