/** Approvals as HAL resources: the view, with links to where one can go and templates for what this caller can do now. */
import type { ApprovalResource, ApprovalRow } from '../../contracts/approvals/record-schemas.ts';
import {
  RECORD_COMMANDS,
  type RecordCommandKind,
} from '../../contracts/approvals/record-commands.ts';
import type { Actor } from '../../contracts/caller.ts';
import type { Link, Template } from '../../contracts/documents/schemas.ts';
import { allowedTo } from '../../workflows/approvals/record-rights.ts';
import {
  recordView,
  type ApprovalSummary,
  type RecordView,
} from '../../workflows/approvals/record-view.ts';
import type { RecordResult } from '../../workflows/approvals/messages.ts';
import type { ApprovalRecord } from '../../workflows/approvals/record.ts';
import { fieldsOf, type Places } from '../documents/resource.ts';
import type { FoundApproval } from './service.ts';

export class ApprovalPresenter {
  readonly places: Places;

  constructor(places: Places) {
    this.places = places;
  }

  /** An approval that was read. */
  found(found: FoundApproval, actor: Actor): ApprovalResource {
    if ('record' in found) return this.record(found.record, actor);
    return { ...this.row(found.summary), _templates: {} };
  }

  /** One that is known in full. */
  record(record: ApprovalRecord, actor: Actor): ApprovalResource {
    return this.#resource(recordView(record), allowedTo(record, actor));
  }

  /** The approval as an accepted command left it; undefined when it was too large for the command's result. */
  result({ approval, allowed = [] }: RecordResult): ApprovalResource | undefined {
    return approval && this.#resource(approval, allowed);
  }

  row(summary: ApprovalSummary): ApprovalRow {
    return { ...summary, _links: this.#links(summary.id) };
  }

  #resource(view: RecordView, allowed: readonly RecordCommandKind[]): ApprovalResource {
    const templates = allowed.map((kind) => [kind, this.#template(view.id, kind)]);
    return { ...view, _links: this.#links(view.id), _templates: Object.fromEntries(templates) };
  }

  #links(id: string): Record<string, Link> {
    const { places } = this;
    return {
      self: { href: places.approval(id) },
      status: { href: places.approval(id, '/status') },
      history: { href: places.approval(id, '/history') },
      events: { href: places.approval(id, '/events/{name}'), templated: true },
      collection: { href: places.approvals() },
      home: { href: places.base },
    };
  }

  #template(id: string, kind: RecordCommandKind): Template {
    const { properties, required } = RECORD_COMMANDS[kind];
    return {
      title: kind,
      method: 'POST',
      target: this.places.approval(id, `/${kind}`),
      contentType: 'application/json',
      properties: fieldsOf({ properties, required: [...required] }),
    };
  }
}
