import { createContext, useContext } from "react";
import type { FormState } from "#lib/form-state.ts";

/** The answer of a form's action, which everything inside the form reads. */
export const FormAnswer = createContext<FormState>({});

/** The answer to the form around this component; its fields find their errors and values in it. */
export const useFormAnswer = () => useContext(FormAnswer);
