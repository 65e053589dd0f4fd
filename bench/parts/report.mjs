/** The results as Markdown tables on stdout. */

export function printReport({
  machine,
  quick,
  size,
  medians,
  rounds,
  history,
  unloaded,
  coldStart,
  start,
  oversized,
  targets,
}) {
  const { rounds: count, n, concurrency } = size;
  console.log(`# Bench${quick ? ' (quick: too few to mean anything)' : ''}`);
  console.log(
    `\n${machine.cpus} CPUs (${machine.model}), Node ${machine.node}; ${count} rounds of ${n} lifecycles, ${concurrency} at a time; medians`,
  );
  const middle = (way, kind, share) => {
    const values = rounds.map((one) => one[way].latencies[kind][share]).toSorted((a, b) => a - b);
    return values[values.length >> 1];
  };
  const ways = ['http signals', 'raw signals', 'http updates', 'raw updates'];
  table(
    [
      'way',
      'lifecycles/s',
      'CPU of gateway or raw client, ms per lifecycle',
      'per event',
      'worker',
      'server',
    ],
    ways.map((way) => {
      const { perSecond, clientCpuMs, clientCpuMsPerEvent, workerCpuMs, serverCpuMs } =
        medians[way];
      return [way, perSecond, clientCpuMs, clientCpuMsPerEvent, workerCpuMs, serverCpuMs];
    }),
  );
  table(
    [
      'section events only',
      'events/s',
      'CPU of gateway or raw client, ms per event',
      'p50 / p99 ms',
    ],
    ['http events', 'raw events'].map((way) => {
      const { perSecond, clientCpuMsPerEvent } = medians[way];
      return [
        way,
        perSecond,
        clientCpuMsPerEvent,
        `${middle(way, 'event', 'p50')} / ${middle(way, 'event', 'p99')}`,
      ];
    }),
  );
  table(
    ['http / raw, by round and median', 'rate', 'CPU per event'],
    ['signals', 'events', 'updates'].map((way) => {
      const each = (name) =>
        rounds
          .map((one) => (one[`http ${way}`][name] / one[`raw ${way}`][name]).toFixed(2))
          .join(' ');
      const ratio = medians[`http / raw ${way}`];
      return [
        way,
        `${each('perSecond')}: **${ratio.perSecond}**`,
        `${each('clientCpuMsPerEvent')}: **${ratio.clientCpuPerEvent}**`,
      ];
    }),
  );
  const kinds = ['start', 'event', 'approve', 'result'];
  table(
    ['p50 / p99 ms (medians of rounds)', ...kinds],
    ways.map((way) => [
      way,
      ...kinds.map((kind) => `${middle(way, kind, 'p50')} / ${middle(way, kind, 'p99')}`),
    ]),
  );
  table(
    [
      'unloaded lifecycle, p50 ms',
      'our settings',
      'defaults, same storage',
      'defaults, in memory',
      'ratio',
    ],
    Object.entries(unloaded).map(([way, { p50, ratio }]) => [way, ...Object.values(p50), ratio]),
  );
  table(
    ['also', 'value'],
    [
      ...Object.entries(history).map(([way, values]) => [
        `history events, paced, ${way}`,
        values.join(' '),
      ]),
      ['gateway: start to first 200, ms', `${coldStart.ms.join(' ')}: **${coldStart.median}**`],
      ['npm start, first time on a DATA_DIR, ms', start.firstMs],
      ['npm start, second time, ms', `${start.ms.join(' ')}: **${start.median}**`],
      ...Object.entries(oversized).map(([size_, one]) => [
        `a body of ${size_}`,
        `${one.status} in ${one.ms} ms`,
      ]),
    ],
  );
  table(
    ['target', 'measured', 'at most', ''],
    targets.map(({ name, value, most, met }) => [name, value, most, met ? 'met' : '**missed**']),
  );
}

function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  console.log(`\n${line(head)}\n${line(head.map(() => '---'))}\n${rows.map(line).join('\n')}`);
}
