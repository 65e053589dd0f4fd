/**
 * What becomes of an approval, by straightforward bookkeeping: from what policy.ts and entry.ts say, and not from how the
 * machine does it.
 */
import type { ApprovalCommand } from '../../src/contracts/approvals/commands.ts';
import type { StageEntry } from '../../src/contracts/approvals/entry.ts';
import type { Actor } from '../../src/contracts/caller.ts';
import { lookedUp, OWNER, SUBMITTER, type Plan, type Step, type Trial } from './approvals.ts';
import { T0 } from './rules.ts';

interface Voice {
  readonly name: string;
  /** Who can speak for it. */
  mouths: string[];
}

interface Said {
  readonly by: string;
  readonly yes: boolean;
  voice?: string;
}

interface Line {
  readonly by: string;
  readonly what: string;
  readonly stage: number;
  readonly round: number;
}

const NAMES = ['one', 'two', 'three'];
const WORDS: Record<string, string> = { approve: 'yes', reject: 'no', 'request-changes': 'back' };

export class Book {
  status: Trial['status'] = 'draft';
  stage = 0;
  round = 0;
  needed = 0;
  #plan: Plan;
  #now = T0;
  #holds: readonly string[] = NAMES;
  /** The round in which counting began. */
  #since = 1;
  #passed: number[] = [];
  #voices: Voice[] = [];
  #groups: string[] = [];
  #said: Said[] = [];
  #lines: Line[] = [];
  #entry: StageEntry | undefined;
  #asked = 0;
  #late = false;

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  waitingFor(): string[] {
    const open = this.#unheard().flatMap(({ mouths }) => mouths);
    return [...open.map((user) => `user:${user}`), ...this.#groups];
  }

  /** Why the step is refused. */
  take(step: Step): string | undefined {
    this.#now += step.wait;
    const reviewed = this.status === 'in-review';
    if (step.do === 'submit')
      return reviewed || this.status !== 'draft' ? 'wrong-state' : this.#submit();
    if (step.do === 'change') return this.#change(step.holds);
    if (step.do === 'tick') return reviewed ? this.#tick() : undefined;
    if (!reviewed) return 'wrong-state';
    if (step.do === 'command') return this.#command(step.actor, step.command);
    this.status = 'draft';
    return undefined;
  }

  get #rules() {
    return this.#plan.policy.stages[this.stage]!;
  }

  #from(done: readonly number[]): number {
    const rest = this.#plan.policy.stages.map((_, i) => i).filter((i) => !done.includes(i));
    return rest.find((i) => this.#is(i)) ?? -1;
  }

  /** Whether there is this stage, as things are. */
  #is(stage: number): boolean {
    return !this.#plan.policy.stages[stage]!.when || this.#holds.includes(NAMES[stage]!);
  }

  #submit(): undefined {
    const keep = this.#plan.policy.earlierApprovals === 'keep' && this.round > 0;
    if (!keep) this.#passed = [];
    const begun = keep && this.#yes() > 0 && this.#is(this.stage);
    const next = begun ? this.stage : this.#from(this.#passed);
    if (next < 0) {
      this.status = 'approved';
      return;
    }
    if (!keep || next !== this.stage) this.#said = [];
    this.#said = this.#said.filter(({ yes }) => yes);
    this.round += 1;
    if (!keep) this.#since = this.round;
    this.status = 'in-review';
    this.#enter(next);
  }

  #enter(stage: number): void {
    this.stage = stage;
    const { policy } = this.#plan;
    const at = new Date(this.#now).toISOString();
    const barred = [...this.#barred()];
    const entry = lookedUp(this.#plan, { policy, stage, owner: OWNER, barred, at });
    this.#entry = entry;
    this.#asked = 0;
    this.#late = false;
    this.#groups = [...entry.approvers.groups];
    this.#voices = entry.approvers.seats.map(({ for: name, holders }) => ({
      name,
      mouths: [...holders],
    }));
    const heard = new Set<string>();
    this.#said = this.#said.map(({ by, yes, voice: before }) => {
      const voice =
        this.#voices.find(({ mouths }) => mouths.includes(by)) ??
        this.#voices.find(({ name }) => name === by || name === before);
      if (!voice || heard.has(voice.name)) return { by, yes };
      heard.add(voice.name);
      return { by, yes, voice: voice.name };
    });
    const others = this.#said.filter(({ voice }) => voice === undefined).length;
    const people = this.#voices.length + Math.max(this.#groups.length, others);
    const { quorum } = this.#rules;
    this.needed =
      quorum === 'all' ? people : quorum === 'majority' ? Math.floor(people / 2 + 1) : quorum;
    if (this.#yes() >= this.needed) this.#pass();
  }

  #pass(): void {
    this.#passed.push(this.stage);
    const next = this.#from(this.#passed);
    this.#said = [];
    if (next < 0) this.status = 'approved';
    else this.#enter(next);
  }

  #barred(): Set<string> {
    const own = this.#rules.ownerMayDecide ? [] : [OWNER, SUBMITTER];
    const once = this.#plan.policy.oncePerPerson
      ? this.#lines.filter(({ round, stage }) => round >= this.#since && stage !== this.stage)
      : [];
    return new Set([...own, ...once.map(({ by }) => by)]);
  }

  #change(holds: readonly string[]): undefined {
    this.#holds = holds;
    if (this.status !== 'in-review') return;
    const keep = this.#plan.policy.earlierApprovals === 'keep';
    const begun = keep && this.#yes() > 0 && this.#is(this.stage);
    const next = begun ? this.stage : this.#from(keep ? this.#passed : []);
    if (next < 0) this.status = 'approved';
    else if (next !== this.stage || (!keep && this.#said.length > 0)) {
      this.round += 1;
      if (!keep) {
        this.#since = this.round;
        this.#passed = [];
      }
      this.#said = [];
      this.#enter(next);
    }
  }

  #tick(): undefined {
    const { dueAt, levels = [] } = this.#entry ?? {};
    const { outcome } = this.#rules.onTimeout;
    const due = (at: string) => Date.parse(at) <= this.#now;
    if (dueAt !== undefined && !this.#late && due(dueAt)) {
      this.#late = true;
      if (outcome === 'approve') this.#pass();
      if (outcome === 'reject') this.status = 'rejected';
      if (outcome === 'expire') this.status = 'expired';
      if (outcome !== 'wait') return;
    }
    for (let level = levels[this.#asked]; level && due(level.at); level = levels[this.#asked])
      this.#escalate();
  }

  #escalate(): void {
    const { levels } = this.#entry!;
    const { mode } = this.#rules.escalation[this.#asked]!;
    const { seats, groups } = levels[this.#asked]!.approvers;
    this.#asked += 1;
    for (const { for: name, holders } of seats) {
      const spoken = (user: string) => this.#said.some(({ by }) => by === user);
      const busy = (user: string) =>
        this.#voices.some((voice) => voice.name === user || voice.mouths.includes(user));
      const shared = this.#voices.find(({ mouths }) => mouths.includes(name));
      if (spoken(name) || this.#voices.some((voice) => voice.name === name)) continue;
      if (shared?.mouths.length === 1) continue;
      if (shared) shared.mouths = shared.mouths.filter((one) => one !== name);
      const mouths = holders.filter((one) => !busy(one) && !spoken(one));
      if (mouths.length > 0) this.#voices.push({ name, mouths });
    }
    const before = this.#groups;
    this.#groups = [...new Set([...before, ...groups])];
    if (mode === 'add') return;
    const named = levels.slice(0, this.#asked);
    const users = new Set(
      named.flatMap(({ approvers }) => approvers.seats.map((seat) => seat.for)),
    );
    const unheard = new Set(this.#unheard());
    const stay = [...unheard].filter(
      ({ name, mouths }) => users.has(name) || (mouths.length === 1 && users.has(mouths[0]!)),
    );
    const left = [...new Set(named.flatMap(({ approvers }) => approvers.groups))];
    if (stay.length + left.length === 0) return;
    this.#voices = this.#voices.filter((voice) => !unheard.has(voice) || stay.includes(voice));
    this.#groups = left;
    if (left.length > 0 && typeof this.#rules.quorum === 'number') return;
    this.needed = Math.min(this.needed, this.#yes() + stay.length + left.length);
  }

  #yes(): number {
    return this.#said.filter(({ yes }) => yes).length;
  }

  #unheard(): Voice[] {
    return this.#voices.filter(({ name }) => !this.#said.some(({ voice }) => voice === name));
  }

  #out(id: string, roles: readonly string[]): boolean {
    return (
      this.#barred().has(id) ||
      this.#rules.excluded.some(
        (who) =>
          who === `user:${id}` ||
          (who === 'owner' && id === OWNER) ||
          roles.some((role) => who === `role:${role}`),
      )
    );
  }

  #may({ id, roles, operator }: Actor, kind: ApprovalCommand['kind']): boolean {
    if (operator) return true;
    if (this.#out(id, roles)) return false;
    if (this.#voices.some(({ mouths }) => mouths.includes(id))) return true;
    // The own voice is with somebody else.
    if (this.#voices.some(({ name }) => name === id)) return kind === 'delegate';
    return this.#groups.some(
      (group) => group === 'anyone' || roles.includes('*') || roles.includes(group.slice(5)),
    );
  }

  #voiceOf(id: string): Voice | undefined {
    const spoken = this.#voices.find(({ mouths }) => mouths.includes(id));
    return spoken ?? this.#voices.find(({ name }) => name === id);
  }

  #command(actor: Actor, command: ApprovalCommand): string | undefined {
    if (command.kind === 'remind') return undefined;
    const { id } = actor;
    const word = WORDS[command.kind] ?? '';
    const own = this.#said.find(({ by }) => by === id);
    const before = this.#lines.filter(
      ({ by, round, what }) => by === id && round === this.round && what === word,
    );
    const may = this.#may(actor, command.kind);
    const about = 'stage' in command ? command.stage : undefined;
    const so = before.some((line) => about === undefined || NAMES[line.stage] === about);
    const same = own ? (own.yes ? 'yes' : 'no') === word : so && !may;
    if (!same && !may) return 'forbidden';
    if (command.kind !== 'delegate') {
      const { round = this.round, stage = NAMES[this.stage]! } = command;
      const here = round === this.round && stage === NAMES[this.stage];
      const then = word !== 'back' && before.some((line) => NAMES[line.stage] === stage);
      if ((here && same) || (command.stage !== undefined && then)) return undefined;
      if (!here) return 'version-mismatch';
      const again = word !== 'back' && before.length > 0 && !own;
      const voice = this.#voiceOf(id);
      const spoken = this.#said.some((one) => voice && one.voice === voice.name);
      if (again && !spoken && command.stage === undefined && !actor.operator) return 'wrong-state';
    }
    const voice = this.#voiceOf(id);
    if (own || this.#said.some((one) => voice && one.voice === voice.name)) return 'wrong-state';
    if (command.kind === 'delegate') return this.#delegate(id, command.to, voice);
    this.#lines.push({ by: id, what: word, stage: this.stage, round: this.round });
    if (word === 'back') {
      this.status = 'draft';
      return undefined;
    }
    this.#said.push({ by: id, yes: word === 'yes', ...(voice ? { voice: voice.name } : {}) });
    this.#count();
    return undefined;
  }

  #delegate(id: string, to: string, voice: Voice | undefined): string | undefined {
    const theirs = this.#voiceOf(to);
    const has = (theirs && theirs !== voice) || this.#said.some(({ by }) => by === to);
    if (to === id && (!voice || voice.mouths.includes(id))) return 'wrong-state';
    if (!this.#rules.delegable || has || this.#out(to, [])) return 'wrong-state';
    const name = voice?.name ?? id;
    const helps = voice && name !== id && voice.mouths.includes(id);
    const mouths = helps ? [...voice.mouths.filter((one) => one !== id && one !== to), to] : [to];
    this.#voices = [...this.#voices.filter((one) => one !== voice), { name, mouths }];
    return undefined;
  }

  #count(): void {
    const no = this.#said.length - this.#yes();
    if (no > 0 && this.#rules.veto) {
      this.status = 'rejected';
      return;
    }
    if (this.#yes() >= this.needed) {
      this.#pass();
      return;
    }
    if (this.#said.at(-1)?.yes) return;
    const possible = this.#yes() + this.#unheard().length;
    if (possible >= this.needed) return;
    if (this.#groups.length === 0 || no >= this.needed) this.status = 'rejected';
  }
}
