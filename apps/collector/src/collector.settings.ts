import { DataSettings } from '@perennial/service';
import { IsInt, Max, Min } from 'class-validator';

const KIB = 1024;
const MIB = 1024 * KIB;

/** Bytes of a request's body as it travels; what it is inflated to is limited by the settings. */
export const REQUEST_LIMIT = 20 * MIB;

/** Milliseconds after which a publisher is told to send the same again, e.g. because the database hangs. */
export const ANSWERED_WITHIN = 20_000;

/** Limits of the door. */
export class CollectorLimits {
  /** Bytes of one event. */
  eventLimit: number = MIB;
  /** Bytes of one request, after it was inflated. */
  requestLimit: number = REQUEST_LIMIT;
}

/** What the collector needs to know before it starts, when it runs by itself. */
export class CollectorSettings extends DataSettings implements CollectorLimits {
  @IsInt()
  @Min(KIB)
  @Max(16 * MIB)
  eventLimit: number = MIB;

  @IsInt()
  @Min(KIB)
  @Max(256 * MIB)
  requestLimit: number = REQUEST_LIMIT;
}
