import type { Call, Reply } from "./protocol";
import type { Engine, EngineClient } from "./types";

interface Waiting {
  resolve: (value: unknown) => void;
  reject: (error: Error) => void;
}

/** The engine broke while it was asked; it is being started anew. */
export class EngineStopped extends Error {}

export interface Connection {
  client: EngineClient;
  /** Resolves when the engine can be asked, and is rejected if it cannot be loaded. */
  ready: Promise<void>;
}

const startWorker = (): Worker => new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });

/** Starts the engine in a worker, and again after a crash; then `onRestart` has to tell it everything anew. */
export const connect = (onRestart: (message: string) => void): Connection => {
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  let worker: Worker;
  let ready: Promise<void>;

  const failAll = (message: string) => {
    for (const { reject } of waiting.values()) reject(new EngineStopped(message));
    waiting.clear();
  };

  const settle = (reply: Extract<Reply, { kind: "value" | "error" }>) => {
    const request = waiting.get(reply.id);
    waiting.delete(reply.id);
    if (reply.kind === "value") request?.resolve(reply.value);
    else request?.reject(new Error(reply.message));
  };

  const start = (): void => {
    worker = startWorker();
    ready = new Promise((resolve, reject) => {
      worker.onerror = (event) => reject(new Error(event.message || "The worker cannot be started."));
      worker.onmessage = ({ data }: MessageEvent<Reply>) => {
        if (data.kind === "ready") return resolve();
        if (data.kind === "unavailable") return reject(new Error(data.message));
        if (data.kind === "crash") return restart(data.message);
        settle(data);
      };
    });
  };

  const restart = (message: string): void => {
    worker.terminate();
    failAll(message);
    start();
    onRestart(message);
  };

  const call = async (method: keyof Engine, args: readonly unknown[]): Promise<unknown> => {
    await ready;
    return new Promise((resolve, reject) => {
      const id = ++lastId;
      waiting.set(id, { resolve, reject });
      worker.postMessage({ id, method, args } satisfies Call);
    });
  };

  start();
  const client = new Proxy({} as EngineClient, {
    get:
      (_, method) =>
      (...args: unknown[]) =>
        call(method as keyof Engine, args),
  });
  return { client, ready: ready! };
};
