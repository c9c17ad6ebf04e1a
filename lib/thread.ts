import v8 from "node:v8";
import { type ResourceLimits, Worker } from "node:worker_threads";

// Each thread strips the types of its modules with WebAssembly. After a thousand calls from there to one function of
// JavaScript, V8 compiles that call. All threads share what it compiles, and now and then V8 crashes where it
// frees what is not used any more, which ends the whole process with SIGSEGV or SIGTRAP (Node 24.21). So V8 compiles no
// such call. V8 reads the setting when a thread instantiates a module. So it holds for each thread that starts later.
v8.setFlagsFromString("--wasm-wrapper-tiering-budget=2147483647");

/**
 * Starts a thread. All threads of this project are started here.
 *
 * @param file a TypeScript source, outside the bundle: Node strips its types
 * @param resourceLimits beyond which the thread ends with `ERR_WORKER_OUT_OF_MEMORY`
 */
export function startThread(
  file: string,
  { workerData, resourceLimits }: { workerData: unknown; resourceLimits: ResourceLimits },
): Worker {
  return new Worker(file, { workerData, resourceLimits });
}
