import { Anchor, Badge, Group, Paper, Select, SimpleGrid, Stack, Text, TextInput, Title } from '@mantine/core';
import { Link } from 'wouter';
import { useConnections, useIntegrations } from '../api/queries';
import { T } from '../text';
import { Empty, Fault, Loading, Page, useParams } from '../ui/basics';
import { plural } from '../ui/format';
import { Icon } from '../ui/icons';

/** Integrations is the catalogue. */
export default function Integrations() {
  const [params, set] = useParams();
  const list = useIntegrations();
  const connections = useConnections();
  const text = params.get('text') ?? '';
  const category = params.get('category') ?? '';
  const all = list.data ?? [];
  const parts = text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = all.filter((i) => (!category || i.category === category) && parts.every((w) => `${i.name} ${i.vendor} ${i.category} ${i.summary} ${i.id}`.toLowerCase().includes(w)));
  const count = (id: string) => (connections.data ?? []).filter((c) => c.integration === id).length;
  return (
    <Page title={T.integrations.title} sub={T.integrations.sub}>
      <Group gap="sm">
        <TextInput flex="1 1 220px" maw={420} aria-label={T.integrations.search} placeholder={T.integrations.search} leftSection={<Icon name="search" />} value={text} onChange={(e) => set({ text: e.currentTarget.value })} />
        <Select aria-label={T.integrations.category} placeholder={T.integrations.anyCategory} data={[...new Set(all.map((i) => i.category))].sort()} value={category || null} onChange={(v) => set({ category: v ?? undefined })} clearable w={220} />
      </Group>
      {list.isError && <Fault error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && <Loading />}
      {list.isSuccess && found.length === 0 && <Empty title={T.integrations.none}>{T.integrations.noneHint}</Empty>}
      <SimpleGrid cols={{ base: 1, xs: 2, lg: 3 }}>
        {found.map((i) => (
          <Paper key={i.id} withBorder p="md">
            <Stack gap={6} h="100%">
              <Group justify="space-between" gap="xs" wrap="nowrap" align="flex-start">
                <Title order={2}><Anchor component={Link} href={`/integrations/${i.id}`} inherit>{i.name}</Anchor></Title>
                <Badge variant="default" tt="none" style={{ flexShrink: 0 }}>{i.category}</Badge>
              </Group>
              <Text size="sm" flex={1}>{i.summary}</Text>
              <Text size="sm" c="dimmed">
                {[i.vendor, plural(i.commands, 'command'), i.hasConnection ? plural(count(i.id), 'connection') : T.integrations.noConnection].join(' · ')}
              </Text>
            </Stack>
          </Paper>
        ))}
      </SimpleGrid>
    </Page>
  );
}
