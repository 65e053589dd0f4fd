/** The activities of the sample workflows. */

const written = (name: string) => async (text: string) => `${text}${name}`;

export function sampleActivities() {
  return {
    /** A greeting. */
    SayHello: async (name: string): Promise<string> => `Hello ${name}!`,
    F1: written('F1'),
    F2: written('F2'),
    F3: written('F3'),
    F4: written('F4'),
    Square: async (number: number): Promise<number> => number * number,
    /** Whether the job, which is done at that instant (milliseconds since 1970), is done. */
    JobStatus: async ({ doneAt }: { readonly doneAt: number }): Promise<'Running' | 'Completed'> =>
      Date.now() >= doneAt ? 'Completed' : 'Running',
  };
}
