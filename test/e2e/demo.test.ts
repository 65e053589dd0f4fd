/** `npm run demo`, against a running service and against none. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { freePort, runToEnd, send, startService, temporaryDir } from '../support/service.ts';

const DEMO = ['node', 'scripts/start.mjs', 'demo'] as const;

describe('the demo', { timeout: 40_000 }, () => {
  it('walks one onboarding and ends with links that work', async () => {
    const service = await startService('start', { DATA_DIR: join(await temporaryDir(), 'data') });
    const { code, stdout, stderr } = await runToEnd([...DEMO, service.url]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.match(/^\d\/8 /gm)).toEqual([
      '1/8 ',
      '2/8 ',
      '3/8 ',
      '4/8 ',
      '5/8 ',
      '6/8 ',
      '7/8 ',
      '8/8 ',
    ]);
    expect(stdout).toMatch(/<-- 409 .*missing|<-- 409 /);
    expect(stdout).toMatch(/anton approve: refused/);
    expect(stdout).toMatch(/anton approve: accepted \(Welcome!\)/);

    const links = [...stdout.matchAll(/^ {2}(?:the|its) .*?(http:\S+)$/gm)].map(
      ([, url = '']) => url,
    );
    expect(links).toHaveLength(4);
    for (const url of links) expect((await fetch(url)).status, url).toBe(200);
    expect((await send('GET', links[0] ?? '')).body).toMatchObject({
      state: 'approved',
      sections: { BackgroundCheckFeedback: { corrections: 1 } },
    });
  });

  it('says in one line that no service runs', async () => {
    const port = await freePort();
    const byArgument = await runToEnd([...DEMO, `http://127.0.0.1:${port}`]);
    const bySettings = await runToEnd(DEMO, { PORT: String(port) });
    for (const { code, stderr } of [byArgument, bySettings]) {
      expect(stderr).toMatch(
        new RegExp(`^dossier: no service answers at http://127.0.0.1:${port} .*\n$`),
      );
      expect(code).toBe(1);
    }
  });
});
