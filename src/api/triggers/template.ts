/** Texts with places for what an event says, such as `order-{data.orderId}`. Pure. */
import type { Json } from '../../contracts/json.ts';
import { eventJson, type CloudEvent, type Template } from '../../contracts/triggers.ts';
import { ok, refuse, type Result } from '../../contracts/failures.ts';
import { escapePointer } from '../../workflows/shared/json.ts';
import { valueAt } from '../../workflows/shared/conditions.ts';

/** A doubled brace, a place, or text without braces; a brace that is none of it is left over. */
const PART = /\{\{|\}\}|\{([^{}]*)\}|[^{}]+/y;
const PLACE = /^(data(\.[^.]+)+|[a-z0-9]+)$/;

/** What is wrong with it, for people; or its parts. `{{` and `}}` stand for the braces themselves. */
export function parseTemplate(
  text: string,
): { readonly template: Template } | { readonly wrong: string } {
  const parts: (string | string[])[] = [];
  PART.lastIndex = 0;
  while (PART.lastIndex < text.length) {
    const at = PART.lastIndex;
    const [found, place] = PART.exec(text) ?? [];
    if (found === undefined)
      return { wrong: `has a brace without its other at character ${at + 1}` };
    if (place === undefined) parts.push(found === '{{' || found === '}}' ? found.charAt(0) : found);
    else if (PLACE.test(place)) parts.push(place.split('.'));
    else
      return {
        wrong: `has {${place}}, which is neither an attribute nor a place such as {data.id}`,
      };
  }
  return { template: parts };
}

/** The text with what the event says in its places; `invalid-data` names each that holds no text, number or truth. */
export function fillTemplate(template: Template, event: CloudEvent): Result<string> {
  const source: Json = { ...eventJson(event), data: event.data ?? null };
  const missing: string[] = [];
  const text = template.map((part) => {
    if (typeof part === 'string') return part;
    const value = valueAt(source, part);
    if (typeof value === 'string' && value !== '') return value;
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
    missing.push(`/${part.map(escapePointer).join('/')}`);
    return '';
  });
  if (missing.length === 0) return ok(text.join(''));
  const errors = missing.map((pointer) => ({
    pointer,
    detail: 'must be there and be a text that is not empty, a number or a truth',
  }));
  return refuse('invalid-data', 'The event does not say for which instance it is.', { errors });
}
