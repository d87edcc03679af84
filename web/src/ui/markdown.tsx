import MarkdownToJsx from 'markdown-to-jsx';

/** Markdown of integrations. Raw HTML in it stays text. */
export default function Markdown({ text }: { text: string }) {
  return (
    <div className="prose">
      <MarkdownToJsx options={{ disableParsingRawHTML: true, forceBlock: true, overrides: { a: { props: { rel: 'noreferrer', target: '_blank' } }, pre: { props: { tabIndex: 0 } } } }}>{text}</MarkdownToJsx>
    </div>
  );
}
