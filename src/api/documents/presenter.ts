/** Documents as the HTTP API shows them: the view, with links and with templates for this caller. */
import type { Actor } from '../../contracts/caller.ts';
import type { DocumentResource, DocumentRow } from '../../contracts/documents/schemas.ts';
import type { DocumentTypes } from '../../document-types.ts';
import type { CommandResult } from '../../workflows/documents/messages.ts';
import { actionName, allowedActions } from '../../workflows/documents/permissions.ts';
import { viewOf, type DocumentSummary } from '../../workflows/documents/view.ts';
import { documentLinks, documentTemplates, type Places } from './resource.ts';
import type { Found } from './service.ts';

export class DocumentPresenter {
  readonly places: Places;
  readonly #types: DocumentTypes;

  constructor(places: Places, types: DocumentTypes) {
    this.places = places;
    this.#types = types;
  }

  /** A document that was read, whole or without the sections' data. */
  found(found: Found, actor: Actor, include = { data: true }): DocumentResource {
    if ('summary' in found) return { ...this.row(found.summary), _templates: {} };
    const { state } = found;
    const allowed = allowedActions(state, actor).map(actionName);
    return {
      ...viewOf(state, include),
      _links: documentLinks(this.places, state.id, state.definition.name),
      _templates: documentTemplates(this.places, state.id, allowed, state.definition),
    };
  }

  /** The document as an accepted command left it; undefined when it was too large for the command's result. */
  result({ document, allowed = [] }: CommandResult): DocumentResource | undefined {
    if (!document) return undefined;
    const { id, type, typeVersion } = document;
    const definition = this.#types.all.find(
      (one) => one.name === type && one.version === typeVersion,
    );
    return {
      ...document,
      _links: documentLinks(this.places, id, type),
      _templates: documentTemplates(this.places, id, allowed, definition),
    };
  }

  row(summary: DocumentSummary): DocumentRow {
    return { ...summary, _links: documentLinks(this.places, summary.id, summary.type) };
  }
}
