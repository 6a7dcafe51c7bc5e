import { isCustomerNamespace, type EventData } from '@perennial/events';
import { FactTable, facts, Key, Latest, type ProjectedEvent } from '@perennial/read-models';

/** One row a pair of identifiers, whichever of the two the statement was made under. */
@FactTable('link', {
  comment:
    'One row a pair of identifiers of which it was said that they belong, or do not belong, to one customer.',
  indexes: [['subjectB']],
})
export class Link {
  @Key('uuid', 'one identifier; joins "subject"') subjectA!: string;
  @Key('uuid', 'the other; its id is the greater one') subjectB!: string;
  @Latest('boolean', 'whether they belong together, as stated last') linked?: boolean;
  @Latest('text', 'how that is known: login, alias, form, receipt, device, operator or import')
  evidence?: string;
  @Latest('text', 'the system that stated it') statedBy?: string;
  @Latest('uuid', 'the event that states it') eventId?: string;
}

/** The two identifiers that a link is about, the smaller id first; undefined if there are not two that can be customers. */
export function endsOf({
  data,
  subjectId,
  namespace,
}: Pick<ProjectedEvent, 'subjectId' | 'namespace'> & {
  data: Pick<EventData<'identity.linked'>, 'other'>;
}): [string, string] | undefined {
  const [otherNamespace, other] = data.other.split(':') as [string, string];
  if (!isCustomerNamespace(namespace) || !isCustomerNamespace(otherNamespace)) return undefined;
  if (subjectId === other) return undefined;
  return subjectId < other ? [subjectId, other] : [other, subjectId];
}

const stated =
  (linked: boolean) => (event: ProjectedEvent<'identity.linked'> | ProjectedEvent<'identity.unlinked'>) => {
    const ends = endsOf(event);
    if (!ends) return undefined;
    const [subjectA, subjectB] = ends;
    const { eventId, source: statedBy } = event;
    return { subjectA, subjectB, linked, evidence: event.data.evidence, statedBy, eventId };
  };

export const links = facts(Link, {
  'identity.linked': stated(true),
  'identity.unlinked': stated(false),
});
