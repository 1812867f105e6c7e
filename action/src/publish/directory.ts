import { InputError } from '../inputs.ts';
import { inert } from '../privacy/inert.ts';
import { OutsideError, placeInWorkspace } from '../workspace.ts';

/** @throws {InputError} if the reports would be outside the workspace, which is checked before anything is compared */
export async function checkReportDirectory(workspace: string, directory: string): Promise<void> {
  try {
    await placeInWorkspace(workspace, directory);
  } catch (error) {
    // Any other error is reported when the report is written.
    if (error instanceof OutsideError)
      throw new InputError(`Input report-directory is "${inert(directory, 200)}", which ${error.message}. Use a directory that is not a link.`, {
        cause: error,
      });
  }
}
