/** What documents, clocks and the engine tell a document; nobody outside can. Pure. */
import type { Call } from '../../contracts/caller.ts';
import type { Child, DocumentEvent, Fact } from '../../contracts/documents/events.ts';
import type { DocumentStatus } from '../../contracts/documents/types.ts';
import type { Entered } from '../approvals/heard.ts';
import { entered } from './approval.ts';
import { strike } from './clocks.ts';
import { settledFacts } from './edits.ts';
import { childRule } from './links.ts';
import { isOpen } from './requirements.ts';
import type { DocumentState } from './state.ts';

export type Notice =
  | Entered
  /** A clock has struck. */
  | { readonly kind: 'tick' }
  /** A document below this one is another than before. `joining`: it was created below this one, and says so. */
  | {
      readonly kind: 'child';
      readonly child: string;
      readonly is: Child;
      readonly joining: boolean;
    }
  /** The document above has taken this one in. */
  | { readonly kind: 'attach'; readonly parent: string }
  | { readonly kind: 'detach'; readonly parent: string }
  /** The engine ended the workflow behind our back. */
  | { readonly kind: 'ended'; readonly state: DocumentStatus; readonly reason: string };

/** What follows from the notice; nothing, when it is late, repeated, or concerns somebody else. */
export function hear(state: DocumentState, notice: Notice, call: Call): readonly DocumentEvent[] {
  if (!isOpen(state)) return [];
  const facts = factsOf(state, notice, call.at);
  return facts.length === 0 ? [] : settledFacts(state, call, facts);
}

function factsOf(state: DocumentState, notice: Notice, at: string): readonly Fact[] {
  switch (notice.kind) {
    case 'tick':
      return strike(state, at);
    case 'entered':
      return entered(state, notice, at);
    case 'child': {
      const { child, is, joining } = notice;
      const known = Object.hasOwn(state.children, child) ? state.children[child] : undefined;
      if (!known) {
        // It was allowed when it was created, so it is in even if there is one too many now. Any other has been taken
        // out while it said this.
        const joins = joining && childRule(state.definition, is.type);
        return joins ? [{ kind: 'child-linked', child, is }] : [];
      }
      const same = known.state === is.state && known.title === is.title && known.type === is.type;
      return same ? [] : [{ kind: 'child-changed', child, is }];
    }
    case 'attach':
      return state.parent === notice.parent ? [] : [{ kind: 'attached', parent: notice.parent }];
    case 'detach':
      return state.parent === notice.parent ? [{ kind: 'detached', parent: notice.parent }] : [];
    case 'ended':
      return [{ kind: 'closed', state: notice.state, reason: notice.reason }];
  }
}
