import { json, jsonParseLinter } from '@codemirror/lang-json';
import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { linter } from '@codemirror/lint';
import { EditorState } from '@codemirror/state';
import { EditorView, lineNumbers, placeholder } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { minimalSetup } from 'codemirror';
import { useEffect, useRef } from 'react';

const colors = HighlightStyle.define([
  { tag: tags.propertyName, color: 'var(--json-key)' },
  { tag: tags.string, color: 'var(--json-string)' },
  { tag: tags.number, color: 'var(--json-number)' },
  { tag: [tags.bool, tags.null], color: 'var(--json-atom)' },
]);

const look = EditorView.theme({
  '&': { border: '1px solid light-dark(#b6c0c7, #545c62)', borderRadius: '8px', fontSize: '13px', backgroundColor: 'var(--mantine-color-body)', color: 'var(--mantine-color-text)' },
  '.cm-content': { fontFamily: 'var(--mantine-font-family-monospace)', minHeight: '84px', caretColor: 'var(--mantine-color-text)' },
  '.cm-scroller': { maxHeight: '46vh' },
  '.cm-gutters': { backgroundColor: 'transparent', color: 'var(--mantine-color-dimmed)', border: 'none' },
  '.cm-placeholder': { color: 'var(--mantine-color-placeholder)' },
  '.cm-selectionBackground': { backgroundColor: 'light-dark(#cfe6f0, #2b4a57) !important' },
});

interface Props {
  id?: string;
  label: string;
  value: string;
  onChange: (v: string) => void;
  readOnly?: boolean;
  placeholder?: string;
}

/** JsonEditor is a text editor for JSON. Tab leaves it, so that it traps no keyboard. */
export function JsonEditor(p: Props) {
  const box = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const change = useRef(p.onChange);
  change.current = p.onChange;
  useEffect(() => {
    if (!box.current) return;
    const attributes: Record<string, string> = { 'aria-label': p.label };
    if (p.id) attributes.id = p.id;
    view.current = new EditorView({
      parent: box.current,
      state: EditorState.create({
        doc: p.value,
        extensions: [
          minimalSetup, lineNumbers(), json(), syntaxHighlighting(colors), look, EditorView.lineWrapping,
          linter((v) => (v.state.doc.toString().trim() === '' ? [] : jsonParseLinter()(v))),
          EditorView.contentAttributes.of(attributes), EditorState.readOnly.of(!!p.readOnly), placeholder(p.placeholder ?? ''),
          EditorView.updateListener.of((u) => u.docChanged && change.current(u.state.doc.toString())),
        ],
      }),
    });
    return () => view.current?.destroy();
    // The editor lives as long as the field; its text is synchronised below.
  }, [p.id, p.label, p.readOnly, p.placeholder]);
  useEffect(() => {
    const v = view.current;
    if (v && v.state.doc.toString() !== p.value) v.dispatch({ changes: { from: 0, to: v.state.doc.length, insert: p.value } });
  }, [p.value]);
  return <div ref={box} />;
}
