import { FactTable, facts, Latest, Max, SubjectKey } from '@perennial/read-models';

/** What is known of the person or company behind an identifier. Personal: no analyst sees it. */
@FactTable('profile', {
  comment: 'One row an identifier: what was stated last of the person or company behind it.',
  personal: true,
})
export class Profile {
  @SubjectKey() subjectId!: string;
  @Max('timestamptz', 'when something was stated last') updatedAt?: string;
  @Latest('text', 'mail address') email?: string;
  @Latest('text', 'telephone number') phone?: string;
  @Latest('text', 'full name') name?: string;
  @Latest('text', 'given name') firstName?: string;
  @Latest('text', 'family name') lastName?: string;
  @Latest('text', 'date of birth') birthday?: string;
  @Latest('text', 'company') company?: string;
  @Latest('text', 'gender, in the words of the source') gender?: string;
  @Latest('text', 'street and number') street?: string;
  @Latest('text', 'town') city?: string;
  @Latest('text', 'postal code') postalCode?: string;
  @Latest('text', 'country of the address') addressCountry?: string;
}

export const profiles = facts(
  Profile,
  {
    'profile.updated': ({ data, time }) => ({
      updatedAt: time,
      email: data.email,
      phone: data.phone,
      name: data.name,
      firstName: data.firstName,
      lastName: data.lastName,
      birthday: data.birthday,
      company: data.company,
      gender: data.gender,
      // An address is one statement: the town of one does not go with the street of another.
      ...(data.address && {
        street: data.address.street ?? null,
        city: data.address.city ?? null,
        postalCode: data.address.postalCode ?? null,
        addressCountry: data.address.country ?? null,
      }),
    }),
  },
  { opens: true },
);
