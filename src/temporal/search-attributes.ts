import type { Connection } from '@temporalio/client';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import {
  INSTALLATION_ATTRIBUTE, PHASE_ATTRIBUTE, PRODUCT_ATTRIBUTE, SEARCH_ATTRIBUTES, WAITING_FOR_ATTRIBUTE,
} from '../upgrade/search-attributes.ts';

/** The search attributes as typed keys, for clients that set or read them. */
export const searchAttributeKeys = {
  installation: defineSearchAttributeKey(INSTALLATION_ATTRIBUTE, SearchAttributeType.KEYWORD),
  product: defineSearchAttributeKey(PRODUCT_ATTRIBUTE, SearchAttributeType.KEYWORD),
  phase: defineSearchAttributeKey(PHASE_ATTRIBUTE, SearchAttributeType.KEYWORD),
  waitingFor: defineSearchAttributeKey(WAITING_FOR_ATTRIBUTE, SearchAttributeType.KEYWORD),
} as const;

/** Value of the server's enumeration `INDEXED_VALUE_TYPE_KEYWORD`. */
const KEYWORD = 2;

/** A connection, and the namespace asked about. */
export interface Place {
  readonly connection: Connection;
  readonly namespace: string;
}

/** Whether the namespace knows all of Lockkeeper's search attributes. False too when this login may not ask. */
export async function areRegistered({ connection, namespace }: Place): Promise<boolean> {
  return connection.operatorService.listSearchAttributes({ namespace }).then(
    ({ customAttributes }) => SEARCH_ATTRIBUTES.every((name) => customAttributes[name] === KEYWORD),
    () => false,
  );
}

/** Registers those that are missing. Needs the right of an operator; throws the server's error without it. */
export async function registerSearchAttributes({ connection, namespace }: Place): Promise<void> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const missing = SEARCH_ATTRIBUTES.filter((name) => customAttributes[name] === undefined);
  if (missing.length === 0) return;
  const searchAttributes = Object.fromEntries(missing.map((name) => [name, KEYWORD]));
  await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
}
