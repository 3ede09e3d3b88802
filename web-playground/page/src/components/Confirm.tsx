import type { VNode } from "preact";
import { Dialog } from "./Dialog";

export interface Question {
  title: string;
  text: string;
  yes: string;
  no: string;
  onYes: () => void;
}

export const Confirm = ({ question, onClose }: { question: Question; onClose: () => void }): VNode => (
  <Dialog title={question.title} onClose={onClose}>
    <p>{question.text}</p>
    <div class="dialog-actions">
      <button
        type="button"
        class="button primary"
        onClick={() => {
          question.onYes();
          onClose();
        }}
      >
        {question.yes}
      </button>
      <button type="button" class="button" onClick={onClose}>
        {question.no}
      </button>
    </div>
  </Dialog>
);
