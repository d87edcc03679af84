import { Anchor, Button, Menu, Table, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useQueries, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useLocation } from 'wouter';
import { api, ask, type StoredFile } from '../api/client';
import { changed, integrationQuery, useFile, useIntegrations, useMay } from '../api/queries';
import { kindOf, type ObjectSchema } from '../form/schema';
import { T } from '../text';
import { CodeBlock, Copy, Empty, Fault, Id, Loading, Page, Panel, Size, Time } from '../ui/basics';
import { Confirm } from '../ui/confirm';
import { Tree } from '../ui/tree';

const previewed = 256 * 1024;

const address = (f: StoredFile) => `/api/v1/files/${f.id}/content`;

/** FilePage describes a file and shows its beginning. */
export default function FilePage({ id }: { id: string }) {
  const q = useFile(id);
  const may = useMay();
  const [sure, setSure] = useState(false);
  const [, go] = useLocation();
  const w = T.files;
  if (q.isError) return <Page title={w.one}><Fault error={q.error} /></Page>;
  if (!q.data) return <Loading lines={10} />;
  const f = q.data;
  const remove = async () => {
    await ask(api.DELETE('/api/v1/files/{file}', { params: { path: { file: String(f.id) } } }));
    notifications.show({ message: w.deleted(f.name) });
    go('/files');
    await changed('files', 'audit');
  };
  const facts: [string, React.ReactNode][] = [
    [w.id, <Id key="i" of={String(f.id)} />], [w.size, <Size key="s" of={f.size} />], [w.type, f.contentType || T.none], [w.source, f.source], [w.stored, <Time key="t" at={f.createdAt} />],
    ...(f.expiresAt ? [[w.expires, <Time key="e" at={f.expiresAt} />] as [string, React.ReactNode]] : []),
    ...(f.runId ? [[w.run, <Anchor key="r" component={Link} href={`/runs/${f.runId}`} className="breaks">{f.runId}</Anchor>] as [string, React.ReactNode]] : []),
    ...(['md5', 'sha1', 'sha256'] as const).map((h) => [h.toUpperCase(), <span key={h} className="mono">{f[h]} <Copy text={f[h]} label={T.copy(h)} /></span>] as [string, React.ReactNode]),
  ];
  return (
    <Page
      title={f.name}
      actions={
        <>
          <Button component="a" href={address(f)} download={f.name}>{w.download}</Button>
          <UseIn file={f} />
          {may('delete') && <Button color="red" variant="light" c="var(--mantine-color-error)" onClick={() => setSure(true)}>{w.delete}</Button>}
        </>
      }
    >
      <Panel title={w.facts}>
        <Table variant="vertical" layout="fixed"><Table.Tbody>{facts.map(([k, v]) => <Table.Tr key={k}><Table.Th w={110}>{k}</Table.Th><Table.Td className="breaks">{v}</Table.Td></Table.Tr>)}</Table.Tbody></Table>
      </Panel>
      <Panel title={w.preview}><Preview file={f} /></Panel>
      <Confirm opened={sure} onClose={() => setSure(false)} onConfirm={remove} title={w.deleteOf(f.name)} typed={String(f.id)} action={w.delete}>{w.deleteText}</Confirm>
    </Page>
  );
}

/** UseIn leads to the commands that take a file. */
function UseIn({ file }: { file: StoredFile }) {
  const integrations = useIntegrations();
  const details = useQueries({ queries: (integrations.data ?? []).map((i) => integrationQuery(i.id)) });
  const commands = details.flatMap((d) => (d.data?.commands ?? []).filter((c) => Object.values((c.input as ObjectSchema).properties ?? {}).some((p) => ['file', 'files'].includes(kindOf(p)))).map((c) => ({ i: d.data!, c })));
  if (commands.length === 0) return null;
  return (
    <Menu position="bottom-end">
      <Menu.Target><Button variant="default">{T.files.useIn}</Button></Menu.Target>
      <Menu.Dropdown>{commands.map(({ i, c }) => <Menu.Item key={`${i.id}/${c.id}`} component={Link} href={`/integrations/${i.id}/commands/${c.id}?tab=test&file=${file.id}`}>{i.name}: {c.name}</Menu.Item>)}</Menu.Dropdown>
    </Menu>
  );
}

const pictures = /^image\/(png|jpeg|gif|webp|svg\+xml|avif)$/;

function Preview({ file }: { file: StoredFile }) {
  const picture = pictures.test(file.contentType ?? '') && file.size <= 20 * 1024 * 1024;
  const q = useQuery({
    queryKey: ['content', file.id],
    enabled: !picture && file.size > 0,
    staleTime: Infinity,
    queryFn: async () => {
      const answer = await fetch(address(file), { headers: { Range: `bytes=0-${previewed - 1}` } });
      if (!answer.ok) throw new Error(T.error.noAnswer(answer.status));
      return new Uint8Array(await answer.arrayBuffer());
    },
  });
  const w = T.files;
  if (file.size === 0) return <Empty title={w.empty} />;
  if (picture) return <img src={address(file)} alt={file.name} style={{ maxWidth: '100%', maxHeight: '60vh' }} />;
  if (q.isError) return <Fault error={q.error} />;
  if (!q.data) return <Loading lines={6} />;
  const part = file.size > q.data.length;
  return (
    <>
      {part && <Text size="sm" c="dimmed" mb="xs">{w.firstPart}</Text>}
      <Content bytes={q.data} whole={!part} />
    </>
  );
}

function Content({ bytes, whole }: { bytes: Uint8Array; whole: boolean }) {
  const text = textOf(bytes, whole);
  if (text === undefined) return <CodeBlock text={hex(bytes.subarray(0, 4096))} label={T.files.hex} />;
  if (whole && /^\s*[[{]/.test(text)) {
    try {
      return <Tree value={JSON.parse(text)} label={T.files.preview} />;
    } catch {
      // not JSON after all: shown as text
    }
  }
  return <CodeBlock text={text} label={T.files.preview} />;
}

/** textOf gives text only if the bytes are text. A cut may split the last character. */
function textOf(bytes: Uint8Array, whole: boolean): string | undefined {
  if (bytes.some((b) => b === 0)) return undefined;
  for (let cut = 0; cut < (whole ? 1 : 4); cut++) {
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, bytes.length - cut));
    } catch {
      // cut one byte more
    }
  }
  return undefined;
}

function hex(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let i = 0; i < bytes.length; i += 16) {
    const row = [...bytes.subarray(i, i + 16)];
    const codes = row.map((b) => b.toString(16).padStart(2, '0')).join(' ').padEnd(47);
    lines.push(`${i.toString(16).padStart(8, '0')}  ${codes}  ${row.map((b) => (b > 31 && b < 127 ? String.fromCharCode(b) : '.')).join('')}`);
  }
  return lines.join('\n');
}
