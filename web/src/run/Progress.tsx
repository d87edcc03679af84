import { Button, Group, Progress, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { api, ask, type Schemas } from '../api/client';
import { changed, useMay } from '../api/queries';
import { T } from '../text';
import { Fault, Panel } from '../ui/basics';
import { bytes, duration } from '../ui/format';
import { Icon } from '../ui/icons';
import { itemRows } from './Items';
import { Cells } from './Result';

/** Going shows a run that goes on. */
export function Going({ runId, progress, items, title }: { runId?: string; progress?: Schemas['Progress']; items: Schemas['Item'][]; title: string }) {
  const may = useMay();
  const [fault, setFault] = useState<unknown>();
  const [stopping, setStopping] = useState(false);
  const total = progress?.itemsTotal ?? 0;
  const done = (progress?.itemsDone ?? 0) + (progress?.itemsFailed ?? 0);
  const part = progress?.bytesTotal ? progress.bytes / progress.bytesTotal : total ? done / total : 0;
  const cancel = async () => {
    setStopping(true);
    try {
      await ask(api.POST('/api/v1/runs/{run}/cancel', { params: { path: { run: runId ?? '' } } }));
      await changed('run', 'runs');
    } catch (e) {
      setFault(e);
      setStopping(false);
    }
  };
  return (
    <Panel
      title={title}
      actions={may('run') && runId && <Button color="red" variant="light" c="var(--mantine-color-error)" leftSection={<Icon name="stop" />} onClick={() => void cancel()} loading={stopping}>{T.cancelRun}</Button>}
    >
      <Stack gap="sm" aria-live="polite">
        <Progress value={part > 0 ? part * 100 : 100} animated striped={part === 0} aria-label={T.progress} size="lg" />
        <Group justify="space-between" gap="xs">
          <Text size="sm">{total ? T.progressItems(done, total, progress?.itemsFailed ?? 0) : T.progressWorking}</Text>
          {!!progress?.bytes && (
            <Text size="sm" c="dimmed">
              {bytes(progress.bytes)}{progress.bytesTotal ? ` / ${bytes(progress.bytesTotal)}` : ''}{progress.rate ? ` · ${bytes(Math.round(progress.rate))}/s` : ''}{progress.remainingMs ? ` · ${T.remaining(duration(progress.remainingMs))}` : ''}
            </Text>
          )}
        </Group>
        {fault !== undefined && <Fault error={fault} />}
        {items.length > 0 && <Cells columns={[T.result.item, T.result.state, T.result.message, T.result.status, T.result.took, T.result.size]} rows={itemRows(items)} label={T.result.items} />}
      </Stack>
    </Panel>
  );
}
