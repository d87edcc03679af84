import { Anchor, Stack, Table, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useAbout } from '../api/queries';
import { T } from '../text';
import { Fault, Loading, Panel } from '../ui/basics';
import { Cells } from '../run/Result';
import packages from '../licences.json';

interface Part {
  name: string;
  version: string;
  licence: React.ReactNode;
}

/** About is what this program is and what it is made of. */
export function About() {
  const q = useAbout();
  const [text, setText] = useState('');
  const w = T.about;
  if (q.isError) return <Fault error={q.error} />;
  if (!q.data) return <Loading lines={10} />;
  const modules: Part[] = (q.data.modules ?? []).map((m) => ({ name: m.path, version: m.version, licence: <Anchor href={`https://pkg.go.dev/${m.path}@${m.version}?tab=licenses`} target="_blank" rel="noreferrer" size="sm" aria-label={w.licenceOf(m.path)}>{w.licence}</Anchor> }));
  const all: Part[] = [...packages.map((p) => ({ name: p.name, version: p.version, licence: p.licence })), ...modules].filter((p) => p.name.toLowerCase().includes(text.toLowerCase()));
  return (
    <Stack>
      <Panel title={w.program}>
        <Table variant="vertical" layout="fixed">
          <Table.Tbody>
            {[[w.version, q.data.version], [w.commit, q.data.commit || T.none], [w.go, q.data.go], [w.api, q.data.api], [w.licence, 'Apache-2.0']].map(([k, v]) => <Table.Tr key={k}><Table.Th w={150}>{k}</Table.Th><Table.Td className="breaks">{v}</Table.Td></Table.Tr>)}
          </Table.Tbody>
        </Table>
        <Text size="sm" mt="sm"><Anchor href="/openapi.json" target="_blank" rel="noreferrer">{w.openapi}</Anchor> · <Anchor href="/third-party.txt" target="_blank" rel="noreferrer">{w.texts}</Anchor></Text>
      </Panel>
      <Panel title={w.parts}>
        <Stack>
          <TextInput aria-label={w.search} placeholder={w.search} value={text} onChange={(e) => setText(e.currentTarget.value)} maw={360} />
          <Cells columns={[w.name, w.version, w.licence]} rows={all.map((p) => [p.name, p.version, p.licence])} label={w.parts} />
        </Stack>
      </Panel>
    </Stack>
  );
}
