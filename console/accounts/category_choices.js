/** Categories that a field offers; others may be typed. */
import { html } from "../vendor/preact.js";
import { categoryName } from "./movements.js";

export const CHOICES_ID = "categories";
export const KNOWN = ["groceries", "health", "housing", "insurance", "leisure", "restaurants", "salary", "savings", "transport", "utilities"];

/** The offered categories, for fields with `list: CHOICES_ID`. */
export const CategoryChoices = () => html`<datalist id=${CHOICES_ID}>${KNOWN.map((one) => html`<option key=${one} value=${one}>${categoryName(one)}</option>`)}</datalist>`;

/** Return tags as people write them, with commas. @param {string} text */
export const tagsOf = (text) => text.split(",").map((one) => one.trim()).filter(Boolean);
