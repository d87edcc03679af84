import 'mantine-datatable/styles.css';
import { DataTable, type DataTableColumn, type DataTableSortStatus } from 'mantine-datatable';
import { useMemo, useState } from 'react';

export interface GridProps<R> {
  label: string;
  records: R[];
  columns: DataTableColumn<R>[];
  idAccessor: string;
  none: string;
  loading?: boolean;
  minHeight?: number;
  selection?: { picked: R[]; onPick: (r: R[]) => void; nameOf: (r: R) => string };
}

const at = (r: unknown, path: string): unknown => path.split('.').reduce<unknown>((v, k) => (v as Record<string, unknown> | undefined)?.[k], r);

/** Grid is a table whose columns sort by themselves where they may. */
export default function Grid<R extends object>(p: GridProps<R>) {
  const [sort, setSort] = useState<DataTableSortStatus<R> | undefined>();
  const records = useMemo(() => {
    if (!sort) return p.records;
    const sign = sort.direction === 'asc' ? 1 : -1;
    return [...p.records].sort((a, b) => sign * String(at(a, String(sort.columnAccessor)) ?? '').localeCompare(String(at(b, String(sort.columnAccessor)) ?? ''), undefined, { numeric: true }));
  }, [p.records, sort]);
  const selection = p.selection && {
    selectedRecords: p.selection.picked,
    onSelectedRecordsChange: p.selection.onPick,
    getRecordSelectionCheckboxProps: (r: R) => ({ 'aria-label': p.selection?.nameOf(r) }),
  };
  return (
    <DataTable<R>
      withTableBorder
      borderRadius="md"
      highlightOnHover
      verticalSpacing="xs"
      minHeight={p.minHeight ?? (p.records.length === 0 ? 160 : undefined)}
      noRecordsText={p.none}
      records={records}
      columns={p.columns as never}
      idAccessor={p.idAccessor as never}
      fetching={p.loading}
      sortStatus={sort as never}
      onSortStatusChange={setSort as never}
      scrollAreaProps={{ viewportProps: { tabIndex: 0, role: 'region', 'aria-label': p.label } as never }}
      {...(selection as object)}
    />
  );
}
