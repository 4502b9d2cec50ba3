// The types of preact.js: what it joins, under the same names.
import type { VNode } from "preact";

export { Component, Fragment, h, render } from "preact";
export { useCallback, useEffect, useErrorBoundary, useId, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
export { batch, computed, effect, signal, useComputed, useSignal, useSignalEffect } from "@preact/signals";
export function html(strings: TemplateStringsArray, ...values: unknown[]): VNode | VNode[];
