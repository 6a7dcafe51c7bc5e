import { OneOf } from '../schemas.js';

/** How it is known that two identifiers are one customer. */
export const Evidence = (options: { description: string }) =>
  OneOf(['login', 'alias', 'form', 'receipt', 'device', 'operator', 'import'], options);
