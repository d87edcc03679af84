import { CloseButton, Group, Modal, type ModalProps } from '@mantine/core';
import { T } from '../text';

/** Dialog is a modal whose title is no banner of the page. */
export function Dialog({ title, children, ...rest }: ModalProps) {
  return (
    <Modal {...rest} withCloseButton={false}>
      <Group justify="space-between" wrap="nowrap" mb="sm">
        <Modal.Title component="h2" fz="lg" fw={650} className="breaks">{title}</Modal.Title>
        <CloseButton aria-label={T.close} onClick={rest.onClose} />
      </Group>
      {children}
    </Modal>
  );
}
