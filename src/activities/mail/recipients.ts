/** Who gets a mail. Pure. */
import type { Directory, Person } from '../../contracts/people.ts';
import { LIMITS } from '../../contracts/limits.ts';

/** Somebody with an address. */
export type Addressed = Person & { readonly mail: string };

/** One address and nothing else: what a header or an envelope could take for more is none. */
const ADDRESS = /^[^\s\p{Cc}<>()[\]\\,;:"@]{1,64}@[^\s\p{Cc}<>()[\]\\,;:"@]{1,253}$/u;

/** The person's mailbox, when there is one and it is an address. */
export function addressed(person: Person | undefined): Addressed | undefined {
  const { mail } = person ?? {};
  return person && mail !== undefined && ADDRESS.test(mail) ? { ...person, mail } : undefined;
}

/**
 * The users among these recipients and the members of the roles, who have an address, each address once, at most
 * {@link LIMITS}.mails. Nobody for `anyone`, and for a role of which nobody knows who has it.
 */
export function mailRecipients(recipients: readonly string[], directory: Directory): Addressed[] {
  const byAddress = new Map<string, Addressed>();
  for (const person of recipients.flatMap((one) => peopleOf(one, directory))) {
    const found = addressed(person);
    const address = found?.mail.toLowerCase();
    if (found && address !== undefined && !byAddress.has(address)) byAddress.set(address, found);
  }
  return [...byAddress.values()].slice(0, LIMITS.mails);
}

function peopleOf(recipient: string, directory: Directory): readonly Person[] {
  const [, kind, name = ''] = /^(user|role):(.*)$/s.exec(recipient) ?? [];
  if (kind === 'role') return directory.membersOf(name) ?? [];
  const person = kind === 'user' ? directory.person(name) : undefined;
  return person ? [person] : [];
}
