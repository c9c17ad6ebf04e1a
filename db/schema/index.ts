export { alertMutes, alertRules, alertState, alerts, healthChecks } from "./alerts.ts";
export { apiKeys } from "./api-keys.ts";
export { auditEnd, auditEntries } from "./audit.ts";
export { batches } from "./batches.ts";
export { creditTypes, exchangeRates } from "./credit-types.ts";
export { imports } from "./imports.ts";
export {
  apiKeyDays,
  applications,
  creditTypeDays,
  ENTRY_API_KEY,
  ENTRY_MODEL,
  ENTRY_SPENT,
  ledgerChain,
  ledgerEntries,
  membershipMonths,
  organizationDays,
  organizationMonths,
  purchaseDetails,
} from "./ledger.ts";
export { mailItems, mailRecipients, mails } from "./mails.ts";
export {
  approvedDomains,
  creditTypeMembers,
  creditTypeMonths,
  memberAliases,
  members,
  membershipMerges,
  memberships,
} from "./members.ts";
export { organizationFormerCodes, organizations, organizationTags } from "./organizations.ts";
export { outboxEvents, scheduledJobs } from "./outbox.ts";
export {
  portalSessions,
  portalUserGrants,
  portalUserIdentities,
  portalUserLinks,
  portalUsers,
  signInAddresses,
  signInFailures,
} from "./portal-users.ts";
export { refusals } from "./refusals.ts";
export { savedViewStars, savedViews } from "./saved-views.ts";
export {
  authenticatorApps,
  passkeys,
  pendingSignIns,
  recoveryCodes,
  usedChallenges,
} from "./second-factor.ts";
export { settings } from "./settings.ts";
export { deliveries, deliveryTries, webhookEndpoints } from "./webhooks.ts";
