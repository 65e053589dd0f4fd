/** People, as rules name them and as they are found when a rule is applied. */

/** Who may do something: everybody, the owner of the thing, one user, or everybody with a role. */
export type Who = 'anyone' | 'owner' | `user:${string}` | `role:${string}`;

/** One user in a rule, as a pattern: only ids that X-User takes, so that nobody is named who cannot exist. */
export const USER_PATTERN = 'user:(?!user:|role:)[\\x21-\\x7e]{1,128}';

/** Who is asked to decide: as {@link Who}, or the manager of whoever is asked before, first of all of the owner. */
export type Approver = Who | 'manager';

/** A user as the directory knows them. */
export interface Person {
  readonly id: string;
  readonly name?: string;
  /** An address; without it nothing is mailed. */
  readonly mail?: string;
  readonly roles: readonly string[];
  /** A user id. */
  readonly manager?: string;
  /** IANA; how times in mails are written. Default UTC. */
  readonly timeZone?: string;
  readonly away?: Absence;
}

/** Somebody is out of office, and who decides instead. */
export interface Absence {
  /** ISO 8601 instants in UTC; `to` is exclusive. */
  readonly from: string;
  readonly to: string;
  /** A user id. */
  readonly substitute?: string;
}

/** Where people are looked up. A port: the file of DIRECTORY_FILE is one, a company's own directory can be another. */
export interface Directory {
  /** Undefined for somebody whom it does not know. */
  person(id: string): Person | undefined;
  /**
   * Everybody with the role, in the directory's order; undefined when the directory does not know who has which role,
   * as without DIRECTORY_FILE.
   */
  membersOf(role: string): readonly Person[] | undefined;
}

/** Without a directory: users are whatever the authentication says, and nobody knows who has a role. */
export const NO_DIRECTORY: Directory = { person: () => undefined, membersOf: () => undefined };
