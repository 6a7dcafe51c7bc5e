import { spawn, spawnSync, type ChildProcess } from 'node:child_process';

/** Why processes can't have a network of their own here; undefined when they can. */
export function cannotSeparate(): string | undefined {
  if (process.getuid?.() !== 0) return 'only root can make network namespaces';
  const tried = spawnSync('unshare', ['-n', 'ip', ...'link add name one type veth peer name two'.split(' ')]);
  return tried.status === 0 ? undefined : 'unshare, ip or virtual Ethernet is missing';
}

/** The hardware address of nobody: what is sent to it is dropped on its way, and nobody is told. */
const NOBODY = '02:00:00:00:00:01';

/**
 * A network of its own for single processes, with one way to everything else: a virtual cable, which can be cut so that
 * packets are lost in both directions, those that open a connection, too. It ends with the process that keeps it.
 */
export class Namespace {
  /** Addresses of the two ends: ours, at which we are reached, and theirs. */
  readonly ours: string;
  private readonly theirs: string;
  private readonly cable: string;
  private readonly keeper: ChildProcess;

  private constructor() {
    // Of several runs at the same time each has its own.
    const place = process.pid % 16_384;
    const [third, fourth] = [place >> 6, (place & 63) << 2];
    this.ours = `10.213.${third}.${fourth + 1}`;
    this.theirs = `10.213.${third}.${fourth + 2}`;
    this.cable = `cut${process.pid}`;
    this.keeper = spawn('unshare', ['-n', 'sleep', 'infinity'], { stdio: 'ignore' });
  }

  static async open(): Promise<Namespace> {
    const opened = new Namespace();
    try {
      await opened.connect();
      return opened;
    } catch (error) {
      opened.close();
      throw error;
    }
  }

  /** What a command begins with to be run within. */
  get enter(): string[] {
    return ['nsenter', '-t', String(this.keeper.pid), '-n'];
  }

  cut(): void {
    run(`ip neigh replace ${this.theirs} lladdr ${NOBODY} dev ${this.cable} nud permanent`);
    this.within(`ip neigh replace ${this.ours} lladdr ${NOBODY} dev eth nud permanent`);
  }

  heal(): void {
    run(`ip neigh del ${this.theirs} dev ${this.cable}`);
    this.within(`ip neigh del ${this.ours} dev eth`);
  }

  close(): void {
    this.keeper.kill('SIGKILL');
    spawnSync('ip', ['link', 'del', this.cable]);
  }

  private async connect(): Promise<void> {
    const added = `ip link add name ${this.cable} type veth peer name eth netns ${this.keeper.pid}`;
    // The keeper has to be in its own network first; until then the name is taken for one of ours.
    await new Promise((resolve) => setTimeout(resolve, 300));
    run(added);
    run(`ip addr add ${this.ours}/30 dev ${this.cable}`);
    run(`ip link set ${this.cable} up`);
    this.within(`ip link set lo up`);
    this.within(`ip addr add ${this.theirs}/30 dev eth`);
    this.within(`ip link set eth up`);
  }

  private within(command: string): void {
    run([...this.enter, command].join(' '));
  }
}

function run(command: string): void {
  const [program = '', ...given] = command.split(' ');
  const { status, stderr } = spawnSync(program, given, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command}: ${stderr}`);
}
