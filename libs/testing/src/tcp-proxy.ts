import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Stands between services and their database or their Kafka, and can be a bad network. */
export class TcpProxy {
  private readonly pairs = new Set<[Socket, Socket]>();
  private readonly forgotten = new Set<[Socket, Socket]>();
  private held = false;

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  /** To a port of loopback or a Unix socket; listens on any port of loopback, or where it is told to. */
  static async to(target: number | string, host = '127.0.0.1', port = 0): Promise<TcpProxy> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(port, host, resolve);
    });
    const proxy = new TcpProxy(server, (server.address() as AddressInfo).port);
    server.on('connection', (near) =>
      proxy.join(near, typeof target === 'string' ? connect(target) : connect(target, '127.0.0.1')),
    );
    return proxy;
  }

  /** Ends every connection with a reset. Answers how many there were. */
  reset(): number {
    const { size } = this.pairs;
    for (const [near, far] of this.pairs) {
      near.resetAndDestroy();
      far.resetAndDestroy();
    }
    return size;
  }

  /** From now on nothing gets through, though every connection stands. */
  hold(): void {
    this.held = true;
    for (const pair of this.pairs) pair.forEach((socket) => socket.pause());
  }

  goOn(): void {
    this.held = false;
    for (const pair of this.pairs) pair.forEach((socket) => socket.resume());
  }

  /**
   * Every connection stands for good and nothing comes through it any more, and neither end is told; new ones get
   * through. Answers how many there were.
   */
  forget(): number {
    const { size } = this.pairs;
    for (const pair of this.pairs) {
      pair.forEach((socket) => socket.pause());
      this.forgotten.add(pair);
    }
    this.pairs.clear();
    return size;
  }

  close(): void {
    this.server.close();
    this.reset();
    for (const pair of this.forgotten) pair.forEach((socket) => socket.destroy());
  }

  private join(near: Socket, far: Socket): void {
    const pair: [Socket, Socket] = [near, far];
    this.pairs.add(pair);
    for (const [from, to] of [pair, [far, near] as const]) {
      from.on('data', (chunk) => to.write(chunk));
      from.on('error', () => undefined);
      from.on('close', () => {
        to.destroy();
        this.pairs.delete(pair);
      });
      if (this.held) from.pause();
    }
  }
}
