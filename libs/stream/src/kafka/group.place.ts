import kafkajs, { type Assigner, type PartitionAssigner } from 'kafkajs';
import type ConsumerGroup from 'kafkajs/src/consumer/consumerGroup.js';

type Ticket = Assigner & { place: GroupPlace };

/**
 * A member's place in its group, which a consumer leaves to the one that is started after it. One that came as a
 * stranger would keep everybody waiting until the session of the one before it has ended, which takes six seconds.
 */
export class GroupPlace {
  /** Under which the group knows the member; none while it may still answer a consumer that was given up. */
  private memberId?: string;
  private holder?: Ticket;
  private isOver = false;

  /** Of what is ours kafkajs gives a group its assigners alone, so the place goes with them. */
  readonly assigner: PartitionAssigner = (config) =>
    (this.holder = { ...kafkajs.PartitionAssigners.roundRobin(config), place: this });

  /** From now on the place may be left for good. */
  giveUp(): void {
    this.isOver = true;
  }

  static of(group: ConsumerGroup): GroupPlace | undefined {
    return ticketOf(group)?.place;
  }

  /** Before a consumer joins. Throws when the place was left to another, which it would take it from. */
  take(group: ConsumerGroup): void {
    if (!this.isHeldBy(group))
      throw Object.assign(new Error('Another consumer is in the place of this one.'), { retriable: false });
    group.memberId ??= this.memberId ?? null;
    this.memberId = undefined;
  }

  /** When the group has answered. */
  keep(group: ConsumerGroup): void {
    if (this.isHeldBy(group)) this.memberId = group.memberId ?? undefined;
  }

  /** Whether the group is to be told that a consumer goes, because none comes after it. */
  endsWith(group: ConsumerGroup): boolean {
    return this.isOver && this.isHeldBy(group);
  }

  private isHeldBy(group: ConsumerGroup): boolean {
    return ticketOf(group) === this.holder;
  }
}

const ticketOf = ({ assigners }: ConsumerGroup) =>
  assigners.find((assigner): assigner is Ticket => 'place' in assigner);
