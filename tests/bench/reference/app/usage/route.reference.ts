/** Parses the body of a usage event and does nothing with it. */
export async function POST(request: Request): Promise<Response> {
  await request.json();
  return Response.json({}, { status: 201 });
}
