import { SetMetadata } from '@nestjs/common';

export interface ServiceDescription {
  /** As in `/api/<name>`. */
  name: string;
  description: string;
}

export const SERVICE = 'perennial:service';

/** Marks the module of a service: its routes are documented at `/api/<name>/openapi.json`. */
export const Service = (description: ServiceDescription) => SetMetadata(SERVICE, description);
