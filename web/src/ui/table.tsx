import { lazy, Suspense } from 'react';
import { Loading } from './basics';
import type { GridProps } from './grid';

const Lazy = lazy(() => import('./grid'));

/** Grid is a table of records; its code comes when the first one is shown. */
export function Grid<R extends object>(p: GridProps<R>) {
  return (
    <Suspense fallback={<Loading lines={Math.min(12, p.records.length + 2)} />}>
      <Lazy {...(p as unknown as GridProps<object>)} />
    </Suspense>
  );
}
