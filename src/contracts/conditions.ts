/** Conditions: data in a document type or a policy, so that nobody writes code for them. */
import type { Json } from './json.ts';

/**
 * A plain comparison on what is in a document, or in the subject of an approval. `field` is `metadata.costCentre`, `Request.amount` or `subject.amount`,
 * deeper with more dots. A field that is not there fulfils only `present: false`.
 */
export type Condition =
  | { readonly all: readonly Condition[] }
  | { readonly any: readonly Condition[] }
  | { readonly not: Condition }
  | { readonly field: string; readonly equals: Json }
  | { readonly field: string; readonly oneOf: readonly Json[] }
  | { readonly field: string; readonly above: number }
  | { readonly field: string; readonly atLeast: number }
  | { readonly field: string; readonly below: number }
  | { readonly field: string; readonly atMost: number }
  | { readonly field: string; readonly present: boolean };
