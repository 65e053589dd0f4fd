/** Who is asked: approvers of a policy become people with one seat each, and groups of whom nobody knows who they are. */
import type { Approvers, EntryRequest, Seat } from '../contracts/approvals/entry.ts';
import type { Approver, Directory, Who } from '../contracts/people.ts';

/** A role with more members than this stays a group: each seat is kept by the document, and shown. */
export const MOST_MEMBERS = 100;

/** Who decides when not even the fallback of the policy leaves anybody. */
const LAST_RESORT = 'role:operator';

type Group = Approvers['groups'][number];

/** One list of approvers, of the stage or of one of its levels. */
export interface Call {
  readonly to: readonly Approver[];
  /** Whose managers are meant by `manager`: user ids. */
  readonly below: readonly string[];
  /** Who is away is away at this instant. */
  readonly at: string;
  /** With fewer people, and no groups, the fallback joins. */
  readonly atLeast: number;
  /** Whether those who have a seat already are listed again, with the one that they have. */
  readonly again: boolean;
}

/** What came of it. */
export interface Answer {
  readonly approvers: Approvers;
  /** User ids of all who were meant, also of those who had a seat already. */
  readonly meant: readonly string[];
}

/** Who was meant so far by a list; people in the order in which they were found. */
interface Found {
  readonly people: Set<string>;
  readonly groups: Set<Group>;
}

/** The people of one stage, list by list. It remembers who has a seat, so that nobody ever has two. */
export class Asking {
  readonly #directory: Directory;
  readonly #owner: string;
  readonly #fallback: readonly Who[];
  readonly #excluded: ReadonlySet<Who>;
  readonly #barred: ReadonlySet<string>;
  /** By each of their holders. */
  readonly #seats = new Map<string, Seat>();
  readonly #groups = new Set<Group>();

  constructor(
    { policy, owner, barred }: EntryRequest,
    excluded: readonly Who[],
    directory: Directory,
  ) {
    this.#directory = directory;
    this.#owner = owner;
    this.#fallback = policy.fallback;
    this.#excluded = new Set(excluded);
    this.#barred = new Set(barred);
  }

  /** Gives seats to those of the list who have none. */
  ask({ to, below, at, atLeast, again }: Call): Answer {
    const found = this.#meantBy(to, below);
    const isShort = (): boolean => found.people.size < atLeast && found.groups.size === 0;
    if (isShort()) this.#add(this.#fallback, found);
    if (isShort()) found.groups.add(LAST_RESORT);

    const isListed = (known: boolean): boolean => again || !known;
    const people = [...found.people].filter((id) => isListed(this.#seats.has(id)));
    const groups = [...found.groups].filter((group) => isListed(this.#groups.has(group)));
    for (const group of groups) this.#groups.add(group);
    const seats = this.#seated(people, Date.parse(at));
    return { approvers: { seats, groups }, meant: [...found.people] };
  }

  #meantBy(to: readonly Approver[], below: readonly string[]): Found {
    const found: Found = { people: new Set(), groups: new Set() };
    // Managers last: whoever is named, too, is asked as such, and the manager is then the next one above.
    this.#add(
      to.filter((who) => who !== 'manager'),
      found,
    );
    if (!to.includes('manager')) return found;
    const managers = new Set(below.flatMap((id) => this.#managerOf(id, found) ?? []));
    for (const id of managers) found.people.add(id);
    if (managers.size === 0) this.#add(this.#fallback, found);
    return found;
  }

  #add(list: readonly Who[], { people, groups }: Found): void {
    const addPerson = (id: string): void => void (this.#isOut(id) || people.add(id));
    for (const who of list) {
      if (who === 'owner') addPerson(this.#owner);
      else if (isUser(who)) addPerson(idOf(who));
      else {
        const members = membersOf(who, this.#directory);
        for (const { id } of members ?? []) addPerson(id);
        if (!members && !this.#excluded.has(who)) groups.add(who);
      }
    }
  }

  /** The next one above who may decide and is not asked yet; undefined at the top, and when it goes round. */
  #managerOf(id: string, { people }: Found): string | undefined {
    const passed = new Set([id]);
    let at = this.#directory.person(id)?.manager;
    while (at !== undefined && !passed.has(at)) {
      if (!this.#isOut(at) && !this.#seats.has(at) && !people.has(at)) return at;
      passed.add(at);
      at = this.#directory.person(at)?.manager;
    }
    return undefined;
  }

  #isOut(id: string): boolean {
    const excluded = this.#excluded;
    return (
      this.#barred.has(id) ||
      excluded.has('anyone') ||
      excluded.has(`user:${id}`) ||
      (excluded.has('owner') && id === this.#owner) ||
      (this.#directory.person(id)?.roles ?? []).some((role) => excluded.has(`role:${role}`))
    );
  }

  /** The seats of these people, each once: those they have, and new ones. */
  #seated(people: readonly string[], at: number): Seat[] {
    const added = people.filter((id) => !this.#seats.has(id));
    // All of them first, so that none becomes the substitute of another.
    for (const id of added) this.#seats.set(id, { for: id, holders: [id] });
    for (const id of added) {
      const substitute = this.#substituteOf(id, at);
      if (substitute === undefined) continue;
      const seat = { for: id, holders: [id, substitute] };
      this.#seats.set(id, seat).set(substitute, seat);
    }
    return [...new Set(people.flatMap((id) => this.#seats.get(id) ?? []))];
  }

  /** Who decides instead; undefined for those who are there, and when nobody on the way may. */
  #substituteOf(id: string, at: number): string | undefined {
    const passed = new Set([id]);
    let last = id;
    for (;;) {
      const away = this.#directory.person(last)?.away;
      if (!away || at < Date.parse(away.from) || at >= Date.parse(away.to))
        return last === id ? undefined : last;
      const { substitute } = away;
      if (substitute === undefined || passed.has(substitute)) return undefined;
      if (this.#isOut(substitute) || this.#seats.has(substitute)) return undefined;
      passed.add(substitute);
      last = substitute;
    }
  }
}

/** Whether it is one user by name. */
export function isUser(who: Approver): who is `user:${string}` {
  return who.startsWith('user:');
}

/** The id in `user:{id}`. */
export function idOf(who: `user:${string}`): string {
  return who.slice('user:'.length);
}

/** The people of a role; undefined when nobody knows them, when they are too many for seats, and for `anyone`. */
export function membersOf(who: Group, directory: Directory): ReturnType<Directory['membersOf']> {
  if (who === 'anyone') return undefined;
  const members = directory.membersOf(who.slice('role:'.length));
  return members && members.length <= MOST_MEMBERS ? members : undefined;
}
