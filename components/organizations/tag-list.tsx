"use client";

import { buttonClass } from "#components/ui/button.tsx";
import { DialogLink } from "#components/ui/dialog-link.tsx";
import { SoftLink } from "#components/ui/soft-link.tsx";
import { formatCount } from "#lib/credits.ts";
import type { FormAction } from "#lib/form-state.ts";
import type { TagCount } from "#lib/organizations/tag-queries.ts";
import { tagHref } from "./tag-chips.tsx";
import { RemoveTagForm, RenameTagForm, TAGS_PAGE } from "./tag-forms.tsx";

/** The tags of the enterprise, each with what can be done to it. */
export function TagList({
  tags,
  rename,
  remove,
}: {
  tags: readonly TagCount[];
  rename: FormAction;
  remove: FormAction;
}) {
  const page = (name: string, tag: string) => `${TAGS_PAGE}/${name}?${new URLSearchParams({ tag })}`;
  return (
    <ul className="divide-y divide-line">
      {tags.map(({ tag, organizations }) => (
        <li key={tag} className="flex flex-wrap items-center gap-x-3 gap-y-1 py-2">
          <SoftLink href={tagHref(tag)} className="min-w-0 rounded-sm font-medium break-all hover:underline">
            {tag}
          </SoftLink>
          <span className="figures text-muted">
            {formatCount(organizations)} {organizations === 1 ? "organization" : "organizations"}
          </span>
          <span className="ml-auto flex gap-2">
            <DialogLink
              href={page("rename", tag)}
              title={`Rename ${tag}`}
              className={buttonClass({ size: "sm" })}
              form={(close) => <RenameTagForm {...{ tag, organizations }} action={rename} onDone={close} />}
            >
              Rename<span className="sr-only"> {tag}</span>
            </DialogLink>
            <DialogLink
              href={page("remove", tag)}
              title={`Remove ${tag}?`}
              className={buttonClass({ size: "sm", variant: "danger" })}
              form={(close) => <RemoveTagForm {...{ tag, organizations }} action={remove} onDone={close} />}
            >
              Remove<span className="sr-only"> {tag}</span>
            </DialogLink>
          </span>
        </li>
      ))}
    </ul>
  );
}
