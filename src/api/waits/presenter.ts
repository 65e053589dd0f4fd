/** Waits as HAL resources: the view, with links to where one can go and templates for what this caller can do now. */
import type { Actor } from '../../contracts/caller.ts';
import type { Link, Template } from '../../contracts/documents/schemas.ts';
import { WAIT_COMMANDS, type WaitCommandKind } from '../../contracts/waits/commands.ts';
import type { WaitResource, WaitRow } from '../../contracts/waits/schemas.ts';
import { isOpenWait } from '../../contracts/waits/types.ts';
import { allowedToWait } from '../../workflows/waits/rights.ts';
import { outstanding } from '../../workflows/waits/state.ts';
import {
  waitData,
  waitSummary,
  type WaitOutcome,
  type WaitSummary,
} from '../../workflows/waits/view.ts';
import { fieldsOf, type Places } from '../documents/resource.ts';
import type { FoundWait } from './service.ts';

export class WaitPresenter {
  readonly places: Places;

  constructor(places: Places) {
    this.places = places;
  }

  found(found: FoundWait, actor: Actor): WaitResource {
    if (!('record' in found)) return this.summary(found.summary, actor);
    const { record } = found;
    const { stop, ...data } = waitData(record);
    const whole = { ...this.summary(waitSummary(record), actor), ...data, ...(stop && { stop }) };
    return whole as WaitResource;
  }

  /** One of which no data is known. */
  summary(summary: WaitSummary, actor: Actor): WaitResource {
    const templates = allowedToWait(summary, actor).flatMap((kind) =>
      this.#templates(summary, kind),
    );
    return { ...this.row(summary), _templates: Object.fromEntries(templates) };
  }

  row(summary: WaitSummary): WaitRow {
    return { ...summary, _links: this.#links(summary) } as WaitRow;
  }

  result(outcome: WaitOutcome) {
    const { places } = this;
    const _links = {
      self: { href: places.wait(outcome, '/result') },
      wait: { href: places.wait(outcome) },
    };
    return { ...outcome, events: [...outcome.events], _links };
  }

  #links(wait: WaitSummary): Record<string, Link> {
    const { places } = this;
    // Another one may have begun under the same key.
    const which = isOpenWait(wait.state) ? {} : { startedAt: wait.createdAt };
    return {
      self: { href: places.wait(wait, '', which) },
      result: { href: `${places.wait(wait, '/result')}{?wait}`, templated: true },
      history: { href: places.wait(wait, '/history') },
      events: { href: places.wait(wait, '/events/{event}'), templated: true },
      collection: { href: places.waits() },
      home: { href: places.base },
    };
  }

  /** Of events one for each that has not come yet: its body is any JSON. */
  #templates(wait: WaitSummary, kind: WaitCommandKind): [name: string, Template][] {
    const form = { method: 'POST', contentType: 'application/json' };
    if (kind === 'event')
      return outstanding(wait).map((event) => {
        const target = this.places.wait(wait, `/events/${encodeURIComponent(event)}`);
        return [`event-${event}`, { ...form, title: event, target, properties: [] }];
      });
    const { properties, required } = WAIT_COMMANDS[kind];
    const fields = fieldsOf({ properties, required: [...required] });
    const target = this.places.wait(wait, `/${kind}`);
    return [[kind, { ...form, title: kind, target, properties: fields }]];
  }
}
