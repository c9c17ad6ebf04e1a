import { ReceiptText } from "lucide-react";
import Link from "next/link";
import { buttonClass } from "#components/ui/button.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";

export default function TransactionNotFound() {
  return (
    <>
      <h1 className="sr-only">Transaction not found</h1>
      <EmptyState
        icon={<ReceiptText />}
        title="There is no such transaction"
        action={
          <Link href="/transactions" className={buttonClass({ variant: "primary" })}>
            Go to Transactions
          </Link>
        }
      />
    </>
  );
}
