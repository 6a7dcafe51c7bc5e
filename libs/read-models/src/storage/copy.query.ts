import type { Writable } from 'node:stream';
import pg from 'pg';

/** What the library's connection can and does not declare. */
interface Connection {
  stream: Writable;
  query(text: string): void;
  endCopyFrom(): void;
}

/** What stands before the bytes of a piece: the type of the message, and its length without that. */
function headOf({ length }: Buffer): Buffer {
  const head = Buffer.alloc(5, 'd');
  head.writeInt32BE(length + 4, 1);
  return head;
}

/**
 * A COPY whose bytes follow their statement without waiting for the server to ask for them: it reads them when it gets
 * there, and passes over them where it does not take the statement ("COPY Operations" on the page of the message flow in
 * its manual). So further statements can be sent behind it.
 */
class CopyQuery extends pg.Query {
  constructor(
    private readonly statement: string,
    private readonly pieces: readonly Buffer[],
    callback: (error?: Error) => void,
  ) {
    super({ text: statement }, callback);
    this.submit = (connection) => this.send(connection as unknown as Connection);
  }

  private send(connection: Connection): void {
    const { stream } = connection;
    stream.cork();
    connection.query(this.statement);
    for (const piece of this.pieces) {
      // The library's own way would copy the bytes.
      stream.write(headOf(piece));
      stream.write(piece);
    }
    connection.endCopyFrom();
    stream.uncork();
  }

  /** The server asks for what is under way already. */
  handleCopyInResponse(): void {}
}

/** Loads rows, in the form that the statement names. */
export const copied = (client: pg.ClientBase, statement: string, pieces: readonly Buffer[]): Promise<void> =>
  new Promise((resolve, reject) => {
    client.query(new CopyQuery(statement, pieces, (error) => (error ? reject(error) : resolve())));
  });
