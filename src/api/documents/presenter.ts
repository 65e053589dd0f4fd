/** Documents as the HTTP API shows them: the view, with links and with templates for this caller. */
import type { Static } from 'typebox';
import type { Actor } from '../../contracts/caller.ts';
import type {
  DocumentResource,
  DocumentRow,
  SectionResource,
} from '../../contracts/documents/schemas.ts';
import type { DocumentTypes } from '../../document-types/index.ts';
import type { CommandResult } from '../../workflows/documents/messages.ts';
import { actionName, sectionOf, unknownSection } from '../../workflows/documents/actions.ts';
import { allowedActions } from '../../workflows/documents/permissions.ts';
import type { DocumentState } from '../../workflows/documents/state.ts';
import { viewOf, type DocumentSummary } from '../../workflows/documents/view.ts';
import { Problem } from '../errors.ts';
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
      ...viewOf(state, { ...include, reader: actor }),
      _links: documentLinks(this.places, state.id, state.definition.name, relatives(state)),
      _templates: documentTemplates(this.places, state.id, allowed, state.definition),
    };
  }

  /** The document as it was: nothing can be done to it. */
  past(state: DocumentState, actor: Actor): DocumentResource {
    return { ...this.found({ state }, actor), _templates: {} };
  }

  /** One section of it. @throws Problem `unknown-section` */
  section(
    state: DocumentState,
    name: string,
    actor: Actor,
    { past = false } = {},
  ): Static<typeof SectionResource> {
    if (!sectionOf(state.definition, name))
      throw new Problem(unknownSection(state.definition, name));
    const { sections = {}, _templates } = this.found({ state }, actor);
    const names = past ? [] : [`fill-${name}`, `withdraw-${name}`];
    const own = Object.entries(_templates).filter(([action]) => names.includes(action));
    return {
      name,
      ...sections[name]!,
      _links: {
        self: { href: this.places.document(state.id, `/sections/${name}`) },
        document: { href: this.places.document(state.id) },
      },
      _templates: Object.fromEntries(own),
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
      _links: documentLinks(this.places, id, type, relatives(document)),
      _templates: documentTemplates(this.places, id, allowed, definition),
    };
  }

  row(summary: DocumentSummary): DocumentRow {
    const { id, type } = summary;
    return { ...summary, _links: documentLinks(this.places, id, type, relatives(summary)) };
  }
}

/** The documents above and below. */
function relatives(of: {
  readonly parent?: string;
  readonly children?: Readonly<Record<string, unknown>>;
}): { readonly parent: string | undefined; readonly children: readonly string[] } {
  return { parent: of.parent, children: Object.keys(of.children ?? {}) };
}
