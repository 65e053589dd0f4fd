/** What can be done to an approval, of a document or of its own: the same words for HTTP, updates and signals. */
import type { JsonSchema } from '../documents/definition.ts';
import { VERSION, type CommandProperties } from '../command-shapes.ts';
import { LIMITS } from '../limits.ts';

interface Deciding {
  readonly reason?: string;
  /** The version that it is about; another is refused. */
  readonly version?: number;
  /** The attempt that it is about; another is refused. */
  readonly round?: number;
  /** The name of the stage that it is about; another is refused. For people who are asked in several. */
  readonly stage?: string;
}

export type ApprovalCommand =
  | ({ readonly kind: 'approve' } & Deciding)
  | ({ readonly kind: 'reject' } & Deciding)
  /** Back to the author. `sections`: a comment for each section concerned. */
  | ({
      readonly kind: 'request-changes';
      readonly sections?: Readonly<Record<string, string>>;
    } & Deciding)
  /** Somebody else decides instead of the caller. */
  | { readonly kind: 'delegate'; readonly to: string; readonly reason?: string }
  /** Reminds those who have not decided. */
  | { readonly kind: 'remind' };

export type ApprovalCommandKind = ApprovalCommand['kind'];

/** A short text. */
export const text = (maxLength: number): JsonSchema => ({
  type: 'string',
  minLength: 1,
  maxLength,
});
/** A user id; what X-User takes, so that nobody is named who cannot exist. */
export const USER: JsonSchema = {
  type: 'string',
  pattern: '^(?!user:|role:)[\\x21-\\x7e]{1,128}$',
  'x-expected': 'must be a user id of 1 to 128 visible ASCII characters, without "user:" before it',
};
const reason = { reason: text(LIMITS.reason) };
const deciding = { ...reason, version: VERSION, round: VERSION, stage: text(200) };

/** The properties of each, besides `kind`, `actor` and `ifVersion`, which all commands have. */
export const APPROVAL_COMMANDS: Readonly<Record<ApprovalCommandKind, CommandProperties>> = {
  approve: { properties: deciding, required: [] },
  reject: { properties: deciding, required: [] },
  'request-changes': {
    properties: {
      ...deciding,
      sections: {
        type: 'object',
        maxProperties: 200,
        propertyNames: { maxLength: 100 },
        additionalProperties: text(LIMITS.reason),
      },
    },
    required: [],
  },
  delegate: { properties: { to: USER, ...reason }, required: ['to'] },
  remind: { properties: {}, required: [] },
};
