import { quoted } from './column.js';

/**
 * In which schema each read model's table is. Live tables are in `<service>_tables`; tables being
 * rebuilt or verified are in a schema of their own that shadows it, so that queries naming tables
 * without a schema read the ones being built where there are such, and the live ones elsewhere.
 */
export class Layout {
  readonly live: string;

  constructor(
    readonly service: string,
    /** Schema of the tables that are built beside the live ones, and their names. */
    readonly beside?: { schema: string; names: ReadonlySet<string> },
  ) {
    this.live = `${service}_tables`;
  }

  schemaOf = (name: string): string => quoted(this.beside?.names.has(name) ? this.beside.schema : this.live);

  get searchPath(): string {
    return [...(this.beside ? [this.beside.schema] : []), this.live].map(quoted).join(', ');
  }
}
