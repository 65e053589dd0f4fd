/** Users whom somebody names in a request. */
import { NO_DIRECTORY, type Directory } from '../contracts/people.ts';
import { problem } from './errors.ts';

/** Returns when this may be a user. @throws Problem `invalid-data` at `/to` for somebody whom the directory does not know */
export type KnownUser = (to: string) => void;

/**
 * By the directory, when there is one. Only the gateway asks it: commands that come through Temporal are not checked, and
 * whoever has handed a decision to nobody can take it back.
 */
export function knownIn(directory: Directory): KnownUser {
  return (to) => {
    if (directory === NO_DIRECTORY || directory.person(to)) return;
    const errors = [{ pointer: '/to', detail: `${to} is not in the directory` }];
    throw problem('invalid-data', 'There is no such user.', { errors });
  };
}
