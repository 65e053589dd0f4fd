/** What a shape cannot say about a definition: whether its parts fit together. */
import { durationProblem } from '../contracts/durations.ts';
import type { DocumentType } from '../contracts/documents/definition.ts';
import type { Directory } from '../contracts/people.ts';
import { policyProblems, policyWarnings } from '../people/index.ts';
import type { FieldError } from '../contracts/failures.ts';
import { conditionErrors, searchableErrors } from './fields.ts';
import { hasSensitive } from '../workflows/documents/sensitive.ts';
import { schemaProblems, schemasOf, sensitivePointers } from './schemas.ts';

/** Names that mean something else where sections are named: in paths of fields, and as names of signals. */
const RESERVED = new Set(['command', 'metadata', 'title']);

/** More than this many fields that must be filled at once put people off. */
const MAX_REQUIRED = 7;
/** More sections than this in a row, and a document takes for ever. */
const MAX_CHAIN = 3;

/** Every place at which a definition of the right shape contradicts itself. */
export function check(type: DocumentType, people: Directory): FieldError[] {
  return [
    ...nameErrors(type),
    ...dependencyErrors(type),
    ...durationErrors(type),
    ...limitErrors(type),
    ...schemaProblems(type),
    ...conditionErrors(type),
    ...searchableErrors(type),
    ...webhookErrors(type),
    ...policyErrors(type, people),
  ];
}

/** What is allowed, and worth a second thought. */
export function warningsOf(type: DocumentType, people: Directory): FieldError[] {
  const long = schemasOf(type).flatMap(([pointer, { required }]) =>
    pointer !== '/metadata' && Array.isArray(required) && required.length > MAX_REQUIRED
      ? {
          pointer: `${pointer}/required`,
          detail: `asks for ${required.length} fields at once; more than ${MAX_REQUIRED} put people off, so consider two sections`,
        }
      : [],
  );
  const sensitive = sensitivePointers(type).map((pointer) => ({
    pointer,
    detail: "payload encryption is off, so sensitive fields stand readable in Temporal's history",
  }));
  const title = {
    pointer: '/titleSearchable',
    detail: 'titles stand in plain text in Temporal, so keep secrets out of them',
  };
  return [
    ...long,
    ...chainWarnings(type),
    ...openWarnings(type),
    ...sensitive,
    ...(type.titleSearchable ? [title] : []),
    ...inPolicy(type.approval ? policyWarnings(type.approval, people) : []),
  ];
}

function policyErrors({ approval }: DocumentType, people: Directory): FieldError[] {
  return inPolicy(approval ? policyProblems(approval, people) : []);
}

function inPolicy(errors: readonly FieldError[]): FieldError[] {
  return errors.map((one) => ({ ...one, pointer: `/approval${one.pointer}` }));
}

function webhookErrors({ webhooks }: DocumentType): FieldError[] {
  return webhooks.flatMap(({ url }, i) =>
    URL.canParse(url)
      ? []
      : [
          {
            pointer: `/webhooks/${i}/url`,
            detail: 'is no URL; write one such as https://example.org/hooks',
          },
        ],
  );
}

/** Whoever may fill a section reads the document: `anyone` there opens what `read` closes. */
function openWarnings({ sections, permissions }: DocumentType): FieldError[] {
  const open = Object.entries(sections).filter(([, { fill }]) => fill.includes('anyone'));
  if (permissions.read.includes('anyone')) {
    return open
      .filter(([, { schema }]) => hasSensitive(schema))
      .map(([name]) => ({
        pointer: `/sections/${name}`,
        detail: 'anyone may fill it, so anyone sees its sensitive fields; say who fills it',
      }));
  }
  return open.map(([name]) => ({
    pointer: `/sections/${name}`,
    detail: 'anyone may fill it, so anyone may read the document, whatever permissions.read says',
  }));
}

/** Sections and the approval event share their names with signals, so they must differ from each other and from ours. */
function nameErrors({ sections, approval }: DocumentType): FieldError[] {
  const errors = Object.keys(sections)
    .filter((name) => RESERVED.has(name) || name in Object.prototype)
    .map((name) => ({
      pointer: `/sections/${name}`,
      detail: `no section may be named "${name}"; choose another name`,
    }));
  if (!approval) return errors;
  const { event } = approval;
  const wrong = (detail: string): FieldError[] => [
    ...errors,
    { pointer: '/approval/event', detail },
  ];
  if (Object.hasOwn(sections, event))
    return wrong(`"${event}" is the name of a section; the two must differ`);
  return errors;
}

function dependencyErrors({ sections }: DocumentType): FieldError[] {
  const circles = new Set<string>();
  const detailOf = (name: string, other: string): string | undefined => {
    if (other === name) return 'is the section itself';
    if (!Object.hasOwn(sections, other)) {
      return `${JSON.stringify(other)} is not a section; there are: ${Object.keys(sections).join(', ')}`;
    }
    const back = wayFrom(sections, other, name, new Set());
    if (!back) return undefined;
    // A circle is told once, at its first section, not at each one in it.
    const circle = back.toSorted().join();
    if (circles.has(circle)) return undefined;
    circles.add(circle);
    return `comes back to ${name}: ${[name, ...back].join(' -> ')}`;
  };
  return Object.entries(sections).flatMap(([name, { dependsOn }]) =>
    dependsOn.flatMap((other, i) => {
      const detail = detailOf(name, other);
      return detail === undefined ? [] : { pointer: `/sections/${name}/dependsOn/${i}`, detail };
    }),
  );
}

/** The sections from one to another along `dependsOn`, both included. */
function wayFrom(
  sections: DocumentType['sections'],
  from: string,
  to: string,
  seen: Set<string>,
): string[] | undefined {
  if (from === to) return [to];
  if (seen.has(from) || !Object.hasOwn(sections, from)) return undefined;
  seen.add(from);
  for (const next of sections[from]?.dependsOn ?? []) {
    const way = wayFrom(sections, next, to, seen);
    if (way) return [from, ...way];
  }
  return undefined;
}

/** Only for definitions without circles. Told at the last section of a chain, not at each one in it. */
function chainWarnings({ sections }: DocumentType): FieldError[] {
  const chains = new Map<string, readonly string[]>();
  const chainTo = (name: string): readonly string[] => {
    const known = chains.get(name);
    if (known) return known;
    const before = (sections[name]?.dependsOn ?? []).map(chainTo);
    const longest = before.reduce((a, b) => (b.length > a.length ? b : a), []);
    const chain = [...longest, name];
    chains.set(name, chain);
    return chain;
  };
  const needed = new Set(Object.values(sections).flatMap(({ dependsOn }) => dependsOn));
  return Object.keys(sections)
    .filter((name) => !needed.has(name) && chainTo(name).length > MAX_CHAIN)
    .map((name) => ({
      pointer: `/sections/${name}/dependsOn`,
      detail: `ends a chain of ${chainTo(name).length} sections (${chainTo(name).join(', ')}); more than ${MAX_CHAIN} in a row take long`,
    }));
}

function durationErrors({ deadline, reminders, sections }: DocumentType): FieldError[] {
  const given: [pointer: string, text: string | undefined][] = [
    ['/deadline', deadline],
    ['/reminders/every', reminders?.every],
    ...Object.entries(sections).flatMap(([name, section]): [string, string | undefined][] => [
      [`/sections/${name}/deadline`, section.deadline],
      [`/sections/${name}/reminders/every`, section.reminders?.every],
    ]),
  ];
  return given.flatMap(([pointer, text]) => {
    const detail = text === undefined ? undefined : durationProblem(text);
    return detail === undefined ? [] : { pointer, detail };
  });
}

function limitErrors({ limits: { section, document } }: DocumentType): FieldError[] {
  if (section <= document) return [];
  const detail = `is ${section} bytes, more than limits.document, which is ${document}`;
  return [{ pointer: '/limits/section', detail }];
}
