import type { VNode } from "preact";
import type { ObjectName } from "../engine/types";
import "./chips.css";

/** The name of an object; a button where it leads somewhere. */
export const ObjectChip = ({ object, onOpen }: { object: ObjectName; onOpen?: () => void }): VNode => {
  const name = (
    <>
      <span class="chip-kind">{object.kind}</span> {object.namespace ? `${object.namespace}/` : ""}
      <b>{object.name}</b>
    </>
  );
  return onOpen ? (
    <button type="button" class="chip" onClick={onOpen}>
      {name}
    </button>
  ) : (
    <span class="chip">{name}</span>
  );
};
