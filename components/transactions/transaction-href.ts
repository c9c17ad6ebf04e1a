export const transactionHref = (id: number) => `/transactions/${id}`;
