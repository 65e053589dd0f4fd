/** Taking messages in: each has its effect exactly once, and is answered alike however often it comes. */
import type { CallContext } from '../../contracts/caller.ts';
import { hubOf, type DurableSettings } from '../../contracts/durable.ts';
import type { CloudEvent, Effect, TriggerSettings } from '../../contracts/triggers.ts';
import type { Database } from '../../store/database.ts';
import { findMessage, inboxNotes, receiveMessage, type Message } from '../../store/inbox.ts';
import type { Temporal } from '../../temporal/client.ts';
import { carryOut, type EffectDeps } from '../../temporal/effects.ts';
import { orThrow } from '../documents/service.ts';
import { answered, problem } from '../errors.ts';
import { fingerprintOf, messageKey } from './cloud-event.ts';
import { planFor } from './rules.ts';

export interface IntakeDeps {
  readonly temporal: Temporal;
  readonly database: Database;
  readonly triggers: TriggerSettings;
  /** Whose instances may be signalled. */
  readonly durable: Pick<DurableSettings, 'functions'>;
}

/** For whom, and until when. Without `signal` as long as it takes. */
export interface Sender {
  readonly caller: Omit<CallContext, 'via'>;
  readonly signal?: AbortSignal;
}

export class Intake {
  readonly #deps: IntakeDeps;
  readonly #taskQueues: readonly string[];
  readonly #effects: EffectDeps;

  constructor(deps: IntakeDeps) {
    const { temporal, database, durable, triggers } = deps;
    this.#deps = deps;
    this.#taskQueues = [...hubOf(durable.functions)];
    const { chooseRun, settle } = inboxNotes(database, triggers.retentionMs);
    const notes = {
      chooseRun: (...run: Parameters<typeof chooseRun>) => answered(chooseRun(...run)),
      settle: (...outcome: Parameters<typeof settle>) => answered(settle(...outcome)),
    };
    this.#effects = { temporal, notes };
  }

  /**
   * Does what the event leads to, or what it has led to when it came first, and says what that was.
   * @throws Problem `no-trigger`, `invalid-data` and `event-id-reused` for good; `not-found` and `already-exists` as long
   *   as it is so; and what the database and Temporal throw, when the same event is to be sent again
   */
  async take(event: CloudEvent, { caller, signal }: Sender): Promise<Effect> {
    const message = await this.#message(event, caller);
    if (message.fingerprint !== fingerprintOf(event))
      throw problem(
        'event-id-reused',
        'Another event of this source had the same id. A new event needs a new id.',
      );
    if (message.state === 'done') return message.effect;
    return orThrow(await carryOut(this.#effects, message, signal));
  }

  /** When the event came first, in milliseconds; undefined when it is not kept. */
  async firstSeen(event: CloudEvent): Promise<number | undefined> {
    const found = await answered(findMessage(this.#deps.database, messageKey(event)));
    return found && Date.parse(found.receivedAt);
  }

  async #message(event: CloudEvent, caller: Sender['caller']): Promise<Message> {
    const { database, triggers } = this.#deps;
    const key = messageKey(event);
    const plan = planFor(triggers.triggers, event, { key, taskQueues: this.#taskQueues });
    if (!plan.ok) {
      // It may have come under other settings.
      const known = await answered(findMessage(database, key));
      return known?.state === 'done' ? known : orThrow(plan);
    }
    const { source, id, type } = event.attributes;
    const { effect, payload } = plan.value;
    const context: CallContext = { ...caller, via: effect.kind === 'start' ? 'start' : 'signal' };
    const message = { key, source, id, type, fingerprint: fingerprintOf(event), effect, payload };
    return answered(receiveMessage(database, { ...message, caller: context }, new Date()));
  }
}
