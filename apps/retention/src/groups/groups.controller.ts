import { Controller, Get, Param, ParseUUIDPipe, Query } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { currentCustomer } from '@perennial/read-models';
import { Allow, Answers, Field, PageOf, pageOf, PageQuery, Refused } from '@perennial/service';
import type { DataSource } from 'typeorm';
import { BetweenQuery, daysOf } from '../moments/as-of.js';
import { amountKeyOf } from '../purchases/amount.cursor.js';
import { groupMovesSql } from './group-moves.js';
import { groups, meaningOf, type Group } from './group.js';
import {
  CustomerOfGroup,
  GroupMove,
  GroupOfCustomer,
  Groups,
  ThresholdsInForce,
  ThresholdsSetting,
} from './groups.answers.js';

class GroupQuery extends PageQuery {
  @Field.oneOf({ description: 'Only this group.', values: groups, optional: true }) group?: Group;
}

class GroupPage extends PageOf(CustomerOfGroup) {}

const customerFields = `customer_id as "customerId", "group", value_per_year::text as "valuePerYear", loyalty::text,
  expected_value::text as "expectedValue", currency, as_of::text as "asOf", model_version as "modelVersion"`;

const thresholdFields = `value_per_year::text as "valuePerYear", currency, loyalty::text,
  value_hysteresis::text as "valueHysteresis", loyalty_hysteresis::text as "loyaltyHysteresis"`;

@Controller('api/retention/groups')
@Allow('reader')
export class GroupsController {
  constructor(@InjectDataSource('retention') private readonly retention: DataSource) {}

  /** The four relationship groups: how large they are, what they are worth and what to do. */
  @Get()
  @Answers(Groups)
  async list(): Promise<Groups> {
    const sizes = await this.retention.query<
      { group: Group; customers: number; valuePerYear: string; expectedValue: string }[]
    >(
      `select "group", count(*)::int as customers, sum(value_per_year)::text as "valuePerYear",
              sum(expected_value)::text as "expectedValue" from relationship_group group by "group"`,
    );
    return {
      thresholds: (await this.thresholds()) ?? null,
      groups: groups.map((group) => ({
        group,
        customers: 0,
        valuePerYear: '0',
        expectedValue: '0',
        ...sizes.find((size) => size.group === group),
        ...meaningOf[group],
      })),
    };
  }

  /** Who is in a group, those of whom most is expected first. */
  @Get('customers')
  @Answers(GroupPage)
  async customers(@Query() { group, limit, after }: GroupQuery) {
    const rows = await this.retention.query<CustomerOfGroup[]>(
      `select ${customerFields} from relationship_group g
        where ($1::text is null or "group" = $1)
          and ($2::numeric is null or (g.expected_value, customer_id) < ($2::numeric, $3::uuid))
        order by g.expected_value desc, customer_id desc limit $4`,
      [group ?? null, ...amountKeyOf(after), limit + 1],
    );
    return pageOf(rows, limit, ({ expectedValue, customerId }) => [expectedValue, customerId]);
  }

  /** How many customers, and what value, went from which group to which between two days. */
  @Get('moves')
  @Answers([GroupMove])
  moves(@Query() days: BetweenQuery): Promise<GroupMove[]> {
    return this.retention.query<GroupMove[]>(groupMovesSql, daysOf(days));
  }

  /** All settings of the thresholds, the latest first; which is in force, and for what one waits that is not. */
  @Get('thresholds')
  @Answers([ThresholdsSetting])
  settings(): Promise<ThresholdsSetting[]> {
    return this.retention.query<ThresholdsSetting[]>(
      `select ${thresholdFields}, event_id as "setBy", set_at as "setAt", reason,
              coalesce(event_id = set_by, false) as "inForce",
              case when event_id = waiting_set_by then waiting_for end as "waitingFor"
         from group_thresholds left join (
              select set_by, waiting_set_by, waiting_for from group_thresholds_in_force) present on true
        order by set_at desc, event_id desc`,
    );
  }

  /** The group of one customer, by what it was decided and how the customer came there. */
  @Get('customers/:id')
  @Answers(GroupOfCustomer)
  async ofCustomer(@Param('id', ParseUUIDPipe) id: string): Promise<GroupOfCustomer> {
    const customerId = await currentCustomer(this.retention, id);
    const [found] = await this.retention.query<(CustomerOfGroup & { group: Group })[]>(
      `select ${customerFields} from relationship_group where customer_id = $1`,
      [customerId],
    );
    const thresholds = await this.thresholds();
    if (!found || !thresholds)
      throw new Refused('no-group', 'This customer has no order, or none was scored yet.', 'missing');
    const changes = await this.retention.query<GroupOfCustomer['changes']>(
      `select event_id as "eventId", decided_at as "decidedAt", "from", "to", as_of::text as "asOf", reasons
         from group_change join subject using (subject_id)
        where customer_id = $1 order by decided_at desc, event_id desc`,
      [customerId],
    );
    return Object.assign(found, { strategy: meaningOf[found.group].strategy, thresholds, changes });
  }

  private async thresholds(): Promise<ThresholdsInForce | undefined> {
    const rows = await this.retention.query<ThresholdsInForce[]>(
      `select ${thresholdFields}, set_by as "setBy", set_at as "setAt", waiting_set_by as "waitingSetBy",
              waiting_for as "waitingFor", as_of::text as "asOf",
              model_version as "modelVersion" from group_thresholds_in_force`,
    );
    return rows[0];
  }
}
