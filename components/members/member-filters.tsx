"use client";

import { useFilterText } from "#components/ui/filter-form.tsx";
import {
  FilterSelect,
  Options,
  SearchField,
  SearchForm,
  useListSearch,
} from "#components/ui/list-search.tsx";
import { useSuggestions } from "#components/ui/suggestions.tsx";
import { MEMBER_ROLES } from "#lib/members/rules/choices.ts";
import {
  type MembershipsView,
  type MembersView,
  membersHref,
  membershipsHref,
  membershipsSearchParams,
  membersSearchParams,
} from "#lib/members/search-params.ts";
import { ROLE_LABELS, SORT_LABELS } from "./words.ts";

/** Search and filters of everyone. The URL is the only state, and without JavaScript the form sends the same one. */
export function MemberFilters({ view }: { view: MembersView }) {
  const hrefOf = (view: MembersView) => membersHref(view, { page: view.page });
  const search = useListSearch(view, hrefOf);
  const { chosen, pending, go } = search;
  const choose = (raw: Choice) => {
    const { role, status, used, sort } = membersSearchParams.decode({ ...chosen, page: "1", ...raw });
    go({ role, status, used, sort });
  };
  const [{ organization }, setTyped, send] = useFilterText(
    { organization: view.organization },
    hrefOf(view),
    pending,
  );
  return (
    <SearchForm action="/members">
      <SearchField label="Search members" placeholder="Search by name or email" search={search} />
      <OrganizationFilter
        text={organization}
        onType={(organization) => setTyped({ organization })}
        onApply={(organization) => {
          send({ organization });
          if (organization.trim() !== chosen.organization) go({ organization: organization.trim() });
        }}
      />
      <MembershipSelects view={chosen} choose={choose} />
      <FilterSelect label="Sort" name="sort" value={chosen.sort} onChoose={(sort) => choose({ sort })}>
        <Options of={SORT_LABELS} />
      </FilterSelect>
    </SearchForm>
  );
}

/** The same for one organization's members, whose page is at `path`. */
export function MembershipFilters({ view, path }: { view: MembershipsView; path: string }) {
  const search = useListSearch(view, (view) => membershipsHref(path, view, { page: view.page }));
  const { chosen, go } = search;
  const choose = (raw: Choice) => {
    const { role, status, used, sort } = membershipsSearchParams.decode({ ...chosen, page: "1", ...raw });
    go({ role, status, used, sort });
  };
  return (
    <SearchForm action={path}>
      <SearchField label="Search members" placeholder="Search by name or email" search={search} />
      <MembershipSelects view={chosen} choose={choose} />
      <FilterSelect label="Sort" name="sort" value={chosen.sort} onChoose={(sort) => choose({ sort })}>
        <Options of={SORT_LABELS.filter(([value]) => /name|spent/.test(value))} />
      </FilterSelect>
    </SearchForm>
  );
}

/** What was chosen in a select, as the address has it. */
type Choice = { role?: string; status?: string; used?: string; sort?: string };

function MembershipSelects({
  view,
  choose,
}: {
  view: Pick<MembersView, "role" | "status" | "used">;
  choose: (raw: Choice) => void;
}) {
  return (
    <>
      <FilterSelect label="Role" name="role" value={view.role} onChoose={(role) => choose({ role })}>
        <option value="all">All roles</option>
        {MEMBER_ROLES.map((role) => (
          <option key={role} value={role}>
            {ROLE_LABELS[role]}
          </option>
        ))}
      </FilterSelect>
      <FilterSelect
        label="Status"
        name="status"
        value={view.status}
        onChoose={(status) => choose({ status })}
      >
        <option value="all">Any status</option>
        <option value="active">Active</option>
        <option value="inactive">Inactive</option>
      </FilterSelect>
      <FilterSelect
        label="Allowance used"
        name="used"
        value={view.used}
        onChoose={(used) => choose({ used })}
      >
        <option value="all">Any use</option>
        <option value="80">80% or more used</option>
      </FilterSelect>
    </>
  );
}

/** Applies when a suggestion is taken, with Enter and on leaving the field. */
function OrganizationFilter({
  text,
  onType,
  onApply,
}: {
  text: string;
  onType: (text: string) => void;
  onApply: (text: string) => void;
}) {
  const { control, list } = useSuggestions("/transactions/suggest?organization=", (typed, chosen) => {
    onType(typed);
    if (chosen) onApply(typed);
  });
  return (
    <>
      <input
        type="text"
        name="organization"
        aria-label="Organization"
        placeholder="Organization"
        spellCheck={false}
        maxLength={100}
        value={text}
        className="h-9 w-44 rounded-md border border-line-strong bg-surface px-2.5 text-ink"
        {...control}
        onBlur={() => {
          control.onBlur();
          onApply(text);
        }}
        onKeyDown={(event) => {
          control.onKeyDown(event);
          if (!event.defaultPrevented && event.key === "Enter") onApply(text);
        }}
      />
      {list}
    </>
  );
}
