/** What holds between files: who imports whom, what is in the workflow bundle, and that the documents tell the truth. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import pino from 'pino';
import { describe, expect, test } from 'vitest';
import { buildApp } from '../src/api/app.ts';
import { NO_DIRECTORY } from '../src/contracts/people.ts';
import { FAILURES } from '../src/contracts/failures.ts';
import { documentTypes } from '../src/document-types/index.ts';
import { durableSettings } from '../src/durable-settings.ts';
import { orderSettings } from '../src/order-settings.ts';
import { NO_LINKS } from '../src/shared/decision-links.ts';

interface Import {
  /** Of the importing file, below src/. */
  readonly from: string;
  /** A file below src/, or the name of a package. */
  readonly to: string;
  readonly ours: boolean;
  /** `import type`: gone at run time. */
  readonly type: boolean;
}

const FILES = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => file.endsWith('.ts'));
const CODE = new Map(
  FILES.map((file) => [file, withoutComments(readFileSync(join('src', file), 'utf8'))]),
);
const IMPORTS = FILES.flatMap(importsOf);

/** Neither Temporal nor Node nor Fastify: what workflows and gateway share. */
const PURE = new Set([
  'workflows/approvals/clocks.ts',
  'workflows/approvals/compensation.ts',
  'workflows/approvals/consequences.ts',
  'workflows/approvals/decide.ts',
  'workflows/approvals/delegation.ts',
  'workflows/approvals/entering.ts',
  'workflows/approvals/entitlement.ts',
  'workflows/approvals/escalation.ts',
  'workflows/approvals/event.ts',
  'workflows/approvals/heard.ts',
  'workflows/approvals/history.ts',
  'workflows/approvals/ledger.ts',
  'workflows/approvals/notices.ts',
  'workflows/approvals/policy.ts',
  'workflows/approvals/record-archive.ts',
  'workflows/approvals/record-console.ts',
  'workflows/approvals/record-decide.ts',
  'workflows/approvals/record-effects.ts',
  'workflows/approvals/record-history.ts',
  'workflows/approvals/record-messages.ts',
  'workflows/approvals/record-request.ts',
  'workflows/approvals/record-rights.ts',
  'workflows/approvals/record-view.ts',
  'workflows/approvals/record.ts',
  'workflows/approvals/situation.ts',
  'workflows/approvals/state.ts',
  'workflows/approvals/view.ts',
  'workflows/approvals/votes.ts',
  'workflows/approvals/webhooks.ts',
  'workflows/documents/actions.ts',
  'workflows/documents/admission.ts',
  'workflows/documents/approval-state.ts',
  'workflows/documents/approval.ts',
  'workflows/documents/archive-record.ts',
  'workflows/documents/birth.ts',
  'workflows/documents/clocks.ts',
  'workflows/documents/commands.ts',
  'workflows/documents/console.ts',
  'workflows/documents/create.ts',
  'workflows/documents/decide.ts',
  'workflows/documents/edits.ts',
  'workflows/documents/effects.ts',
  'workflows/documents/history.ts',
  'workflows/documents/ledger.ts',
  'workflows/documents/links.ts',
  'workflows/documents/memo.ts',
  'workflows/documents/obstacles.ts',
  'workflows/documents/permissions.ts',
  'workflows/documents/readers.ts',
  'workflows/documents/requirements.ts',
  'workflows/documents/sensitive.ts',
  'workflows/documents/state.ts',
  'workflows/documents/system.ts',
  'workflows/documents/view.ts',
  'workflows/dungeon/decide.ts',
  'workflows/dungeon/draw.ts',
  'workflows/dungeon/game.ts',
  'workflows/dungeon/lines.ts',
  'workflows/dungeon/monitor.ts',
  'workflows/dungeon/moves.ts',
  'workflows/dungeon/request.ts',
  'workflows/dungeon/rights.ts',
  'workflows/dungeon/seed.ts',
  'workflows/dungeon/state.ts',
  'workflows/dungeon/universe.ts',
  'workflows/dungeon/verbs.ts',
  'workflows/dungeon/view.ts',
  'workflows/dungeon/words.ts',
  'workflows/orders/archive-record.ts',
  'workflows/orders/console.ts',
  'workflows/orders/decide.ts',
  'workflows/orders/history.ts',
  'workflows/orders/ledger.ts',
  'workflows/orders/moves.ts',
  'workflows/orders/perform.ts',
  'workflows/orders/request.ts',
  'workflows/orders/return-state.ts',
  'workflows/orders/rights.ts',
  'workflows/orders/state.ts',
  'workflows/orders/step-state.ts',
  'workflows/orders/view.ts',
  'workflows/shared/commands.ts',
  'workflows/shared/conditions.ts',
  'workflows/shared/deadline.ts',
  'workflows/shared/guarded.ts',
  'workflows/shared/json-patch.ts',
  'workflows/shared/json.ts',
  'workflows/shared/markdown.ts',
  'workflows/shared/people.ts',
  'workflows/shared/reason.ts',
  'workflows/shared/reception.ts',
  'workflows/shared/refusals.ts',
  'workflows/shared/sound.ts',
  'workflows/shared/undecodable.ts',
  'workflows/waits/archive-record.ts',
  'workflows/waits/commands.ts',
  'workflows/waits/console.ts',
  'workflows/waits/decide.ts',
  'workflows/waits/ledger.ts',
  'workflows/waits/request.ts',
  'workflows/waits/rights.ts',
  'workflows/waits/state.ts',
  'workflows/waits/view.ts',
]);

test('the imports were found: a file of each kind, by name', () => {
  expect(FILES).toEqual(expect.arrayContaining([...PURE]));
  const found = (one: Import) => expect(IMPORTS).toContainEqual(one);
  found({
    from: 'workflows/index.ts',
    to: 'workflows/documents/workflow.ts',
    ours: true,
    type: false,
  });
  found({
    from: 'workflows/shared/activities.ts',
    to: 'activities/index.ts',
    ours: true,
    type: true,
  });
  found({
    from: 'workflows/documents/workflow.ts',
    to: '@temporalio/workflow',
    ours: false,
    type: false,
  });
  const unresolved = IMPORTS.filter(({ ours, to }) => ours && !FILES.includes(to));
  expect(unresolved).toEqual([]);
});

/** Of src/people, what reads a file or loads a package when it is needed; all else there knows no Node. */
const PEOPLE_WITH_NODE = new Set(['people/file.ts', 'people/holidays.ts']);

describe('imports go one way:', () => {
  /** Each import of files below `from` of something of ours must be allowed by one of these. */
  test.each<[string, (one: Import) => boolean]>([
    ['contracts/', ({ to }) => to.startsWith('contracts/')],
    ['shared/', ({ to }) => /^(contracts|shared)\//.test(to)],
    ['data-files/', ({ to }) => /^(contracts|data-files)\//.test(to) || PURE.has(to)],
    [
      'people/',
      ({ from, to }) =>
        /^(contracts|people)\//.test(to) ||
        PURE.has(to) ||
        to === 'data-files/wording.ts' ||
        (from === 'people/file.ts' && (to.startsWith('data-files/') || to === 'startup-error.ts')),
    ],
    [
      'document-types/',
      ({ to }) =>
        /^(contracts|data-files|document-types|people)\//.test(to) ||
        PURE.has(to) ||
        to === 'startup-error.ts',
    ],
    [
      'workflows/',
      ({ to, type }) =>
        /^(contracts|workflows)\//.test(to) || (type && to.startsWith('activities/')),
    ],
    [
      'activities/',
      ({ to, type }) =>
        /^(contracts|shared|activities|people|providers|store|temporal)\//.test(to) ||
        PURE.has(to) ||
        /^workflows\/\w+\/messages\.ts$/.test(to) ||
        (type && to === 'document-types/index.ts'),
    ],
    [
      'store/',
      ({ to, type }) =>
        /^(contracts|store)\//.test(to) || to === 'startup-error.ts' || (type && PURE.has(to)),
    ],
    ['providers/', ({ to }) => /^(contracts|shared|providers|store)\//.test(to)],
    [
      'api/',
      ({ from, to, type }) =>
        /^(contracts|shared|api|people|store|temporal)\//.test(to) ||
        to === 'document-types/index.ts' ||
        PURE.has(to) ||
        /^workflows\/\w+\/messages\.ts$/.test(to) ||
        (type && to.startsWith('workflows/')) ||
        // The gateway as a process of its own.
        (from === 'api/server.ts' && ['gateway.ts', 'process.ts'].includes(to)),
    ],
  ])('%s', (folder, allowed) => {
    const edges = IMPORTS.filter(({ from, ours }) => ours && from.startsWith(folder));
    expect(edges.length).toBeGreaterThan(0);
    expect(told(edges.filter((one) => !allowed(one)))).toEqual([]);
  });

  test('pure files import contracts and pure files, no engine, no server, no Node', () => {
    const edges = IMPORTS.filter(({ from }) => PURE.has(from));
    const wrong = edges.filter(({ to, ours, type }) =>
      ours
        ? !to.startsWith('contracts/') && !PURE.has(to)
        : !(to === '@cfworker/json-schema' || (type && to === '@temporalio/common')),
    );
    expect(told(wrong)).toEqual([]);
  });

  test('who is asked, and until when, needs luxon and no Node', () => {
    const edges = IMPORTS.filter(
      ({ from, ours, type }) =>
        from.startsWith('people/') && !ours && !type && !PEOPLE_WITH_NODE.has(from),
    );
    expect([...new Set(edges.map(({ to }) => to))]).toEqual(['luxon']);
  });

  test('nothing in workflows imports Node or what only Node has', () => {
    const allowed = new Set([
      '@temporalio/workflow',
      '@temporalio/common',
      '@cfworker/json-schema',
    ]);
    const edges = IMPORTS.filter(({ from, ours }) => from.startsWith('workflows/') && !ours);
    expect(told(edges.filter(({ to }) => !allowed.has(to)))).toEqual([]);
  });

  test('entries are imported by nobody', () => {
    const entries = new Set(['main.ts', 'worker.ts', 'api/server.ts', 'check-types.ts']);
    expect(told(IMPORTS.filter(({ to }) => entries.has(to)))).toEqual([]);
  });

  test('and never in a circle', () => {
    expect(circles()).toEqual([]);
  });
});

test('only config.ts reads the environment', () => {
  const readers = FILES.filter((file) => /\bprocess\s*\.\s*env\b/.test(CODE.get(file) ?? ''));
  expect(readers).toEqual(['config.ts']);
});

test('no source file has more than 300 lines', () => {
  const long = FILES.map(
    (file) => [file, readFileSync(join('src', file), 'utf8').split('\n').length - 1] as const,
  );
  expect(long.filter(([, lines]) => lines > 300)).toEqual([]);
});

describe('the workflow bundle', () => {
  const [code = '', map = ''] = readFileSync('dist/workflow-bundle.js', 'utf8').split(
    /\/\/# sourceMappingURL=data:application\/json;charset=utf-8;base64,/,
  );

  test('is at most 600 kB: every workflow evaluates it anew', () => {
    expect(code.length).toBeGreaterThan(10_000);
    expect(Buffer.byteLength(code)).toBeLessThanOrEqual(600_000);
  });

  test('keeps something between calls in three modules only, which it has once for each workflow', () => {
    const keeping =
      /^(?:export )?(?:let |var |const \w+(?:: [^=]+)? = (?:new (?:Weak)?(?:Map|Set)(?:<.*>)?\(\)|\[\]|\{\});)/m;
    const found = [...CODE].filter(
      ([file, text]) => /^(workflows|contracts|shared)\//.test(file) && keeping.test(text),
    );
    const stateful = [
      'workflows/durable/events.ts',
      'workflows/durable/suspension.ts',
      'workflows/shared/task.ts',
    ];
    // The checkers of schemas come out the same whoever asks.
    const cache = 'workflows/shared/json.ts';
    expect(found.map(([file]) => file).toSorted()).toEqual([...stateful, cache].toSorted());
    const script = readFileSync('scripts/build.mjs', 'utf8');
    const source = /const STATEFUL = \[(.*?)\]/s.exec(script)?.[1];
    const built = [...(source ?? '').matchAll(/'(.*)\.js'/g)].map(([, file]) => `${file}.ts`);
    expect(built).toEqual(stateful);
  });

  test('contains no library that belongs to the gateway, and nothing of ours but workflows', () => {
    const { sources } = JSON.parse(Buffer.from(map, 'base64').toString('utf8')) as {
      sources: string[];
    };
    const packages = sources.flatMap((source) => {
      const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(source)?.[1];
      return name === undefined ? [] : [name];
    });
    expect(packages).toContain('@cfworker/json-schema');
    const foreign =
      /^(typebox|@sinclair\/.*|zod|ajv.*|@?fastify.*|pg.*|@electric-sql\/.*|kysely|pino|yaml|lossless-json|luxon|date-holidays.*|moment.*)$/;
    expect([...new Set(packages)].filter((name) => foreign.test(name))).toEqual([]);
    const ours = sources.filter((source) => !source.includes('node_modules'));
    expect(ours.some((source) => source.includes('workflows/documents/state'))).toBe(true);
    expect(ours.filter((source) => /\/src\/(api|store|activities|people)\//.test(source))).toEqual(
      [],
    );
  });
});

describe('the catalogue of failures', () => {
  const codes = Object.entries(FAILURES).map(([code, { status }]) => `${code} ${status}`);

  test('is docs/errors.md, row by row', () => {
    const rows = readFileSync('docs/errors.md', 'utf8').matchAll(
      /^\|\s*`([a-z-]+)`\s*\|\s*(\d{3})\s*\|/gm,
    );
    expect([...rows].map(([, code, status]) => `${code} ${status}`)).toEqual(codes);
  });

  test('is the OpenAPI document, except for 405, which belongs to no operation', async () => {
    const documented = new Set(
      problemsOf(await openApi()).flatMap(({ status, description }) =>
        description.split(', ').map((code) => `${code} ${status}`),
      ),
    );
    expect([...documented].toSorted()).toEqual(
      codes.filter((code) => code !== 'method-not-allowed 405').toSorted(),
    );
  });
});

describe('the OpenAPI document', () => {
  test('is OpenAPI 3.1 with an operation for each thing that can be done', async () => {
    const api = await openApi();
    expect(api.openapi).toBe('3.1.0');
    const ids = operationsOf(api).map(({ operationId }) => operationId);
    expect(ids).toEqual(
      expect.arrayContaining(['createDocument', 'fillSection', 'onboardingStart']),
    );
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('answers every failure with a problem document', async () => {
    const problems = problemsOf(await openApi());
    expect(problems.length).toBeGreaterThan(0);
    for (const { where, content } of problems)
      expect({ where, types: Object.keys(content ?? {}) }).toEqual({
        where,
        types: ['application/problem+json'],
      });
  });

  test('has every shape that it refers to', async () => {
    const api = await openApi();
    const refs = [...JSON.stringify(api).matchAll(/"\$ref":"([^"]+)"/g)].map(
      ([, ref]) => ref ?? '',
    );
    expect(refs.length).toBeGreaterThan(0);
    const dangling = refs.filter((ref) => {
      const parts = ref.startsWith('#/') ? ref.slice(2).split('/') : ['no local reference'];
      return (
        parts.reduce<unknown>(
          (at, part) => (at as Record<string, unknown> | undefined)?.[part],
          api,
        ) === undefined
      );
    });
    expect(dangling).toEqual([]);
  });

  test('declares every parameter of its paths', async () => {
    for (const { path, parameters = [] } of operationsOf(await openApi())) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '');
      const declared = parameters.filter((one) => one.in === 'path').map(({ name }) => name);
      expect({ path, declared: declared.toSorted() }).toEqual({
        path,
        declared: inPath.toSorted(),
      });
    }
  });
});

describe('the documents for people', () => {
  const documents = [
    'README.md',
    'CONTRIBUTING.md',
    'CHANGELOG.md',
    ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.md'))
      .map((file) => join('docs', file)),
  ];
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: object };
  const OF_NPM = new Set(['install', 'ci', 'audit', 'exec', 'ls', 'outdated', 'version']);

  test.each(documents)('%s names only npm scripts that there are', (file) => {
    const named = [...readFileSync(file, 'utf8').matchAll(/\bnpm (run )?([a-z][\w:-]*)/g)];
    const wrong = named.filter(
      ([, run, name = '']) => !(name in scripts) && !(run === undefined && OF_NPM.has(name)),
    );
    expect(wrong.map(([text]) => text)).toEqual([]);
  });

  test.each(documents)('%s links only to files that there are', (file) => {
    const links = [...readFileSync(file, 'utf8').matchAll(/\]\(([^)\s]+)\)/g)].map(
      ([, to]) => to ?? '',
    );
    const relative = links.filter((to) => !/^([a-z]+:|#)/.test(to));
    const dead = relative.filter((to) => !existsSync(join(dirname(file), to.replace(/#.*/, ''))));
    expect(dead).toEqual([]);
  });

  test('README’s table of configuration has exactly the variables that are read', () => {
    const files = ['config.ts', 'durable-settings.ts', 'order-settings.ts'];
    const code = files.map((file) => CODE.get(file) ?? '').join('\n');
    // What every machine has anyway is no configuration of ours.
    const machine = new Set(['PATH', 'HOME', 'XDG_CACHE_HOME']);
    const values = new Set(['EUR']);
    const read = [...code.matchAll(/'([A-Z][A-Z_]+)'/g)].map(([, name]) => name ?? '');
    const rows = [...readFileSync('README.md', 'utf8').matchAll(/^\|(\s*`[A-Z][^|]*)\|/gm)];
    const told = rows.flatMap(([, cell = '']) =>
      [...cell.matchAll(/`([A-Z][A-Z_]+)`/g)].map(([, name]) => name ?? ''),
    );
    const sorted = (names: readonly string[]): string[] =>
      [...new Set(names)].filter((name) => !machine.has(name) && !values.has(name)).toSorted();
    expect(read).toContain('DATA_DIR');
    expect(sorted(told)).toEqual(sorted(read));
  });
});

function withoutComments(code: string): string {
  return code.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1');
}

function importsOf(from: string): Import[] {
  const code = CODE.get(from) ?? '';
  const statements = code.matchAll(
    /^\s*(?:import|export)\s+(type\s)?(?:[\w*{},\s]+?\sfrom\s+)?'([^']+)'/gm,
  );
  const dynamic = code.matchAll(/\bimport\(\s*'([^']+)'/g);
  return [
    ...[...statements].map(([, type, to = '']) => ({ to, type: type !== undefined })),
    ...[...dynamic].map(([, to = '']) => ({ to, type: false })),
  ].map(({ to, type }) => {
    const ours = to.startsWith('.');
    return {
      from,
      to: ours ? normalize(join(dirname(from), to)).replaceAll('\\', '/') : to,
      ours,
      type,
    };
  });
}

function told(edges: readonly Import[]): string[] {
  return edges.map(({ from, to, type }) => `${from} -> ${to}${type ? ' (type)' : ''}`);
}

/** Circles of imports that are there at run time, each as its files. */
function circles(): string[] {
  const next = (file: string): string[] =>
    IMPORTS.filter(({ from, ours, type }) => from === file && ours && !type).map(({ to }) => to);
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) found.push([...path.slice(path.indexOf(file)), file].join(' -> '));
    if (done.has(file)) return;
    done.add(file);
    for (const to of next(file)) visit(to, [...path, file]);
  };
  for (const file of FILES) visit(file, []);
  return found;
}

interface OpenApi {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, Operation>>;
}

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { readonly in: string; readonly name: string }[];
  readonly responses: Record<string, { readonly description: string; readonly content?: object }>;
}

/** From the app itself, on parts that are never called. */
async function openApi(): Promise<OpenApi> {
  const untouched = (): never => {
    throw new Error('the OpenAPI document must need nothing of this');
  };
  const app = await buildApp({
    temporal: { namespace: 'default', startsEagerly: false, taskQueue: 'dossier', call: untouched },
    database: new Proxy({}, { get: untouched }) as never,
    changes: { subscribe: untouched, close: untouched },
    documentTypes: documentTypes([]),
    directory: NO_DIRECTORY,
    log: pino({ level: 'silent' }),
    apiPrefix: '/api',
    durable: durableSettings({}, 'ours'),
    triggers: { triggers: [], folder: undefined, retentionMs: 1 },
    links: NO_LINKS,
    orderTerms: orderSettings({}).terms,
    temporalUiUrl: undefined,
    version: '0.0.0',
  });
  try {
    const response = await app.inject('/api/openapi.json');
    expect(response.statusCode).toBe(200);
    return response.json<OpenApi>();
  } finally {
    await app.close();
  }
}

function operationsOf({ paths }: OpenApi): (Operation & { readonly path: string })[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.values(methods).map((operation) => ({ path, ...operation })),
  );
}

/**
 * Every answer that tells of a failure. That /readyz is not ready is no failure: its 503 is a report of its own; and the
 * article's routes say without a body that there is nobody.
 */
function problemsOf(api: OpenApi) {
  return operationsOf(api).flatMap(({ path, operationId, responses }) =>
    Object.entries(responses)
      .filter(([status]) => !(path === '/readyz' && status === '503'))
      .filter(([status]) => !(/^\/api\/(check|stop)\//.test(path) && status === '404'))
      .filter(([status]) => Number(status) >= 400)
      .map(([status, { description, content }]) => ({
        where: `${operationId} ${path} ${status}`,
        status,
        description,
        content,
      })),
  );
}

describe('the lockfile', () => {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
    packages: Record<string, { resolved?: string; optionalDependencies?: Record<string, string> }>;
  };

  test('has the optional packages of every platform, so that npm ci works everywhere', () => {
    // An npm that finds some of them missing in its registry leaves them out in silence.
    const wanted = Object.values(packages).flatMap(({ optionalDependencies = {} }) =>
      Object.keys(optionalDependencies),
    );
    expect(wanted.filter((name) => !(`node_modules/${name}` in packages))).toEqual([]);
  });

  test('names no download addresses', () => {
    const named = Object.entries(packages).filter(([, { resolved }]) => resolved !== undefined);
    expect(named).toEqual([]);
  });
});
