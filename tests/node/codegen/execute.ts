import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { print } from 'graphql';

declare const process: { env: { GATEWAY: string; TOKEN: string } };

export async function execute<R, V>(document: TypedDocumentNode<R, V>, variables: V): Promise<R> {
  const response = await fetch(process.env.GATEWAY, {
    method: 'POST',
    headers: { authorization: `Bearer ${process.env.TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query: print(document), variables }),
  });
  const { data, errors } = (await response.json()) as { data: R; errors?: unknown };
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}
